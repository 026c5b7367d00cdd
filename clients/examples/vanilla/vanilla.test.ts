import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { counted } from '../../testing/counted.ts';
import { send, startVanilla } from '../../testing/example.ts';

let vanilla: Awaited<ReturnType<typeof startVanilla>>;

before(async () => {
  vanilla = await startVanilla();
});
after(() => vanilla?.stop());

test('a page that is loaded again in mid-stream goes on, and a second tab is in step', async () => {
  const { context, page, open } = await vanilla.signIn('ada');
  const second = await open();
  await send(page, 'Count to 150');
  await page.waitForSelector('.ASSISTANT.STREAMING:has-text("10, 11")');
  await page.reload();
  for (const tab of [page, second]) await tab.click('#sessions li:has-text("Count to 150")');
  await page.waitForSelector('.ASSISTANT.STREAMING');
  for (const tab of [page, second]) {
    await tab.waitForSelector('.ASSISTANT.COMPLETED');
    assert.equal(await tab.textContent('.ASSISTANT'), counted(150));
  }
  await send(second, 'Count to 1000');
  await page.waitForSelector('.ASSISTANT.STREAMING:has-text("20, 21")');
  await page.click('#stop');
  await second.waitForSelector('.ASSISTANT.STOPPED');
  await page.click('#sign-out');
  await second.waitForSelector('#sign-in:not([hidden])');
  assert.equal(await page.textContent('#error'), '');
  await context.close();
});
