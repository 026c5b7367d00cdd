import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createGqlChat } from '@gql-chat/client';
import { launch, serveCode } from '../../testing/browser.ts';
import { counted } from '../../testing/counted.ts';
import { startServer } from '../../testing/server.ts';

const PAGE = new URL('../../../docs/clients/ai-sdk.md', import.meta.url);

test('the code of the page runs as it stands there', async () => {
  const [, code] = /```tsx\n([^]*?)```/.exec(readFileSync(PAGE, 'utf8'))!;
  const server = await startServer({ GQL_CHAT_ALLOWED_ORIGINS: '*' });
  const chat = createGqlChat({ url: server.url });
  await chat.auth.signUp({ username: 'ada', email: 'ada@example.com', password: 'correct horse battery' });
  chat.close();
  const site = await serveCode(code!.replace('http://127.0.0.1:8000/graphql', server.url), new URL('../../examples/ai-sdk/', import.meta.url));
  const browser = await launch();
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => assert.fail(error));
    await page.goto(site.origin);
    const send = async (text: string) => {
      await page.fill('[name=text]', text);
      await page.getByText('Send').click();
    };
    await send('Count to 7');
    await page.getByText(counted(7)).waitFor();
    await page.reload();
    await page.getByText(counted(7)).waitFor();
    page.once('dialog', (dialog) => dialog.accept('Count to 6'));
    await page.getByText('Edit').click();
    await page.getByText(counted(6)).waitFor();
    await page.getByText('2 of 2').click();
    await page.getByText(counted(7)).waitFor();
  } finally {
    await browser.close();
    site.close();
    await server.stop();
  }
});
