import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createGqlChat } from '@gql-chat/client';
import type { Page } from 'playwright-core';
import { counted } from '../../testing/counted.ts';
import { send, startExample } from '../../testing/example.ts';

let example: Awaited<ReturnType<typeof startExample>>;

before(async () => {
  example = await startExample('ai-sdk', 'src/main.tsx');
});
after(() => example?.stop());

const row = (page: Page, role: 'user' | 'assistant', number = 0) => page.locator(`li.${role}`).nth(number);
const shows = (page: Page, expected: string[]) =>
  page.waitForFunction((wanted) => [...document.querySelectorAll('li p')].map((text) => text.textContent!).join('|') === wanted, expected.join('|'));
const is = (page: Page, status: string) => page.waitForSelector(`#status:text-is("${status}")`);

test('a chat is sent, written anew, edited, walked through, reloaded in mid-stream and stopped, with a second tab in step', async () => {
  const { context, page, open } = await example.signIn('ada');
  await send(page, 'Count to 12');
  await shows(page, ['Count to 12', counted(12)]);
  const hash = (await page.waitForFunction(() => /#(ses_.+)/.exec(location.hash)?.[0]).then((found) => found.jsonValue()))!;
  const second = await open(hash);
  await shows(second, ['Count to 12', counted(12)]);

  await row(page, 'assistant').getByText('Again').click();
  for (const tab of [page, second]) await row(tab, 'assistant').getByText('2/2').waitFor();
  for (const tab of [page, second]) await is(tab, 'ready');
  await row(page, 'user').getByText('Edit').click();
  await send(page, 'Count to 5');
  for (const tab of [page, second]) await shows(tab, ['Count to 5', counted(5)]);
  for (const tab of [page, second]) await is(tab, 'ready');

  await row(page, 'user').getByText('‹').click();
  for (const tab of [page, second]) await shows(tab, ['Count to 12', counted(12)]);
  await row(page, 'assistant').getByText('‹').click();
  for (const tab of [page, second]) await row(tab, 'assistant').getByText('1/2').waitFor();
  await row(second, 'assistant').getByText('Again').click();
  for (const tab of [page, second]) await row(tab, 'assistant').getByText('3/3').waitFor();
  for (const tab of [page, second]) await is(tab, 'ready');
  await row(second, 'user').getByText('›').click();
  for (const tab of [page, second]) await shows(tab, ['Count to 5', counted(5)]);

  await send(second, 'Count to 1000');
  await row(page, 'assistant', 1).filter({ hasText: '10, 11' }).waitFor();
  await is(page, 'streaming');
  await page.reload();
  await row(page, 'assistant', 1).filter({ hasText: '20, 21' }).waitFor();
  await is(page, 'streaming');
  await page.click('text=Stop');
  for (const tab of [page, second]) await is(tab, 'ready');
  const client = createGqlChat({ url: example.server.url });
  await client.auth.signIn('ada', 'correct horse battery');
  const { messages } = await client.messages(hash.slice(1)).load();
  client.close();
  assert.equal(messages[3]!.status, 'STOPPED');
  assert.ok(counted(1000).startsWith(messages[3]!.text));
  for (const tab of [page, second]) await shows(tab, messages.map(({ text }) => text));

  await send(page, 'Count to 3');
  for (const tab of [page, second]) await row(tab, 'assistant', 2).filter({ hasText: counted(3) }).waitFor();
  for (const tab of [page, second]) assert.equal(await tab.textContent('#error'), '');
  await context.close();
});
