import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { counted } from '../../testing/counted.ts';
import { send, startExample } from '../../testing/example.ts';

let example: Awaited<ReturnType<typeof startExample>>;

before(async () => {
  example = await startExample('ai-sdk', 'src/main.tsx');
});
after(() => example?.stop());

test('useChat sends, takes a reply up again after a reload, asks for another one, and stops', async () => {
  const { context, page } = await example.signIn('ada');
  const reply = (number: number) => page.locator('.assistant').nth(number);
  await send(page, 'Count to 200');
  await page.waitForSelector('.assistant:has-text("10, 11")');
  await page.reload();
  await page.waitForSelector('#status:text("streaming")');
  await page.waitForSelector('#status:text("ready")');
  assert.deepEqual([await page.textContent('.user'), await reply(0).textContent()], ['Count to 200', counted(200)]);

  await send(page, 'Count to 1000');
  await reply(1).filter({ hasText: '20, 21' }).waitFor();
  await page.click('text=Stop');
  await page.waitForSelector('#status:text("ready")');
  await page.click('text=Again');
  await page.waitForSelector('#status:text("streaming")');
  await page.click('text=Stop');
  await page.waitForSelector('#status:text("ready")');
  await send(page, 'Count to 3');
  await reply(2).filter({ hasText: counted(3) }).waitFor();

  await page.reload();
  await reply(2).filter({ hasText: counted(3) }).waitFor();
  assert.equal(await page.locator('li').count(), 6);
  assert.equal(await page.textContent('#error'), '');
  await context.close();
});
