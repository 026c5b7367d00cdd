import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createGqlChat } from '@gql-chat/client';
import type { Page } from 'playwright-core';
import { counted } from '../../testing/counted.ts';
import { startExample } from '../../testing/example.ts';
import { cutAtRandom, startProxy } from '../../testing/proxy.ts';

const CUTS = 30;
let example: Awaited<ReturnType<typeof startExample>>;

before(async () => {
  example = await startExample('assistant-ui', 'src/main.tsx');
});
after(() => example?.stop());

const ALERT = 'main > div > [role=alert]';
const COMPOSER = 'textarea[placeholder=Message]';
async function say(page: Page, text: string): Promise<void> {
  await page.fill(COMPOSER, text);
  await page.press(COMPOSER, 'Enter');
}
const row = (page: Page, role: 'user' | 'assistant', number = 0) => page.locator(`.message.${role}`).nth(number);
const shows = (page: Page, expected: string[]) =>
  page.waitForFunction((wanted) => [...document.querySelectorAll('.message .text')].map((text) => text.textContent!.trimEnd()).join('|') === wanted, expected.join('|'));

test('a chat is sent, written anew, edited, walked through, reloaded in mid-stream and stopped, with a second tab in step', async () => {
  const { context, page, open } = await example.signIn('ada');
  await say(page, 'Count to 12');
  await page.fill(COMPOSER, 'What I type meanwhile stays.');
  await shows(page, ['Count to 12', counted(12)]);
  await page.waitForFunction(() => location.hash.includes('ses_'));
  assert.equal(await page.inputValue(COMPOSER), 'What I type meanwhile stays.');
  const second = await open();
  await second.click('.thread button:has-text("Count to 12")');
  await shows(second, ['Count to 12', counted(12)]);

  await row(page, 'assistant').getByText('Again').click();
  await row(second, 'assistant').getByText('2/2').waitFor();
  await row(page, 'assistant').and(page.locator('.complete')).waitFor();
  await row(page, 'user').getByText('Edit').click();
  await page.fill('.editing textarea', 'Count to 5');
  await page.locator('.editing').getByText('Send').click();
  for (const tab of [page, second]) await shows(tab, ['Count to 5', counted(5)]);
  await row(page, 'user').getByText('2/2').waitFor();

  await row(page, 'user').getByText('‹').click();
  for (const tab of [page, second]) await shows(tab, ['Count to 12', counted(12)]);
  await row(page, 'assistant').getByText('‹').click();
  await row(second, 'assistant').getByText('1/2').waitFor();
  await row(second, 'user').getByText('›').click();
  for (const tab of [page, second]) await shows(tab, ['Count to 5', counted(5)]);

  await say(second, 'Count to 1000');
  await row(page, 'assistant', 1).filter({ hasText: '10, 11' }).waitFor();
  await page.reload();
  await row(page, 'assistant', 1).and(page.locator('.running')).filter({ hasText: '20, 21' }).waitFor();
  await page.getByText('Stop').click();
  for (const tab of [page, second]) await row(tab, 'assistant', 1).and(tab.locator('.incomplete')).waitFor();
  const client = createGqlChat({ url: example.server.url });
  await client.auth.signIn('ada', 'correct horse battery');
  const { messages } = await client.messages(new URL(page.url()).hash.slice(1)).load();
  client.close();
  assert.ok(counted(1000).startsWith(messages[3]!.text));
  for (const tab of [page, second]) await shows(tab, messages.map(({ text }) => text.trimEnd()));

  await page.click('text=New chat');
  await say(page, 'Count to 3');
  await second.click('.thread button:has-text("Count to 3")');
  for (const tab of [page, second]) await shows(tab, ['Count to 3', counted(3)]);
  await page.locator('.thread', { hasText: 'Count to 3' }).getByText('✕').click();
  for (const tab of [page, second]) await shows(tab, []);
  assert.equal(await second.locator('.thread').count(), 1);
  assert.equal(await page.textContent(ALERT), '');
  await context.close();
});

test('files are uploaded when they are added, removed again, and sent; what the server refuses is returned', async () => {
  const { context, page } = await example.signIn('bob');
  const attach = async (...files: { name: string; mimeType: string; buffer: Buffer }[]) => {
    const choosing = page.waitForEvent('filechooser');
    await page.getByText('Attach').click();
    await (await choosing).setFiles(files);
  };
  const remove = async (name: string) => {
    const added = page.locator('.file', { hasText: name });
    await added.getByText('✕').click();
    await added.waitFor({ state: 'detached' }); // once the upload is cancelled, or what it stored is deleted
  };
  const file = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(`six words in ${name}`) });
  let created = 0;
  page.on('request', (request) => {
    if (request.postData()?.includes('mutation CreateSession(')) created++;
  });
  await attach(file('notes.txt'), file('drafts.txt'));
  await remove('drafts.txt');
  await attach({ name: 'program.exe', mimeType: 'application/x-msdownload', buffer: Buffer.from('MZ') });
  await page.locator('.file', { hasText: 'program.exe' }).filter({ hasText: /[a-z]{4}.*✕/ }).waitFor();
  await remove('program.exe');
  await say(page, 'Count to 2');
  await row(page, 'user').locator('.file', { hasText: 'notes.txt' }).waitFor();
  await shows(page, ['Count to 2', counted(2)]);
  assert.deepEqual(await page.locator('.file').allTextContents(), ['📎 notes.txt  ']);
  assert.deepEqual([created, await page.locator('.thread').count()], [1, 1]);

  await row(page, 'user').getByText('Edit').click();
  await page.fill('.editing textarea', 'Count to 4');
  await page.locator('.editing').getByText('Send').click();
  await shows(page, ['Count to 4', counted(4)]);
  assert.equal(await row(page, 'user').locator('.file', { hasText: 'notes.txt' }).count(), 1);

  await say(page, 'x'.repeat(200_001));
  await page.locator(ALERT).filter({ hasText: '200000' }).waitFor();
  const length = (selector: string) => page.waitForFunction((found) => document.querySelector<HTMLTextAreaElement>(found)?.value.length === 200_001, selector);
  await length(COMPOSER);
  await row(page, 'user').getByText('Edit').click();
  await page.fill('.editing textarea', 'x'.repeat(200_001));
  await page.locator('.editing').getByText('Send').click();
  await length('.editing textarea');
  await page.locator('.editing').getByText('Cancel').click();
  await shows(page, ['Count to 4', counted(4)]);
  await context.close();
});

test('every connection is cut 30 times at random: the text is right at every moment, and the model is called once', async (context) => {
  const proxy = await startProxy(example.server.origin);
  context.after(() => proxy.close());
  const { page } = await example.signIn('eve', proxy.url);
  const expected = counted(120);
  await page.evaluate((right) => {
    new MutationObserver(() => {
      // assistant-ui puts ● behind a text that grows.
      const shown = [...document.querySelectorAll('.assistant .text')].map((text) => text.textContent!.replace('●', '').trimEnd());
      document.title = shown.find((text) => !right.startsWith(text)) ?? document.title;
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  }, expected);
  let isCutting = true;
  const cutting = cutAtRandom(proxy, CUTS).then(() => (isCutting = false));
  const sent: string[] = [];
  while (isCutting) {
    await say(page, 'Count to 120');
    sent.push('Count to 120', expected);
    await shows(page, sent);
    await page.waitForFunction((count) => document.querySelectorAll('.assistant.complete').length === count, sent.length / 2);
  }
  await cutting;
  assert.equal(await page.title(), 'Chat');
  assert.equal(await page.textContent(ALERT), '');
  const client = createGqlChat({ url: example.server.url });
  await client.auth.signIn('eve', 'correct horse battery');
  const { totalCount } = await client.callLogs({ first: 1, filter: { purpose: 'REPLY' } });
  assert.equal(totalCount, sent.length / 2);
  client.close();
});
