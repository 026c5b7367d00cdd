// The code of a page of the documentation, run as it stands there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createGqlChat } from '@gql-chat/client';
import type { Page } from 'playwright-core';
import { launch, serveCode } from './browser.ts';
import { startServer } from './server.ts';

/** Open the TSX of `docs/clients/NAME.md` in a browser, as the user `ada`, with the packages that `folder` has. */
export async function openDocumented(name: string, folder: URL, use: (page: Page) => Promise<void>): Promise<void> {
  const documentation = readFileSync(new URL(`../../docs/clients/${name}.md`, import.meta.url), 'utf8');
  const [, code] = /```tsx\n([^]*?)```/.exec(documentation)!;
  const server = await startServer({ GQL_CHAT_ALLOWED_ORIGINS: '*' });
  const chat = createGqlChat({ url: server.url });
  await chat.auth.signUp({ username: 'ada', email: 'ada@example.com', password: 'correct horse battery' });
  chat.close();
  const site = await serveCode(code!.replace('http://127.0.0.1:8000/graphql', server.url), folder);
  const browser = await launch();
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => assert.fail(error));
    await page.goto(site.origin);
    await use(page);
  } finally {
    await browser.close();
    site.close();
    await server.stop();
  }
}
