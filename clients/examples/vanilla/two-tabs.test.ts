import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { counted } from '../../testing/counted.ts';
import { send, startVanilla } from '../../testing/example.ts';

const ACCESS_TOKEN_SECONDS = 5;
const CHATTING_MILLISECONDS = 120_000;
let vanilla: Awaited<ReturnType<typeof startVanilla>>;

before(async () => {
  vanilla = await startVanilla({ GQL_CHAT_ACCESS_TOKEN_SECONDS: String(ACCESS_TOKEN_SECONDS) });
});
after(() => vanilla?.stop());

test('two tabs chat for two minutes with access tokens of five seconds: no error, one refresh at a time', async () => {
  const { context, page, open } = await vanilla.signIn('bob');
  const second = await open();
  let [running, most, refreshes] = [0, 0, 0];
  for (const tab of [page, second]) {
    const isRefresh = (request: { postData(): string | null }) => !!request.postData()?.includes('refreshTokens');
    tab.on('request', (request) => {
      if (isRefresh(request)) [running, most, refreshes] = [running + 1, Math.max(most, running + 1), refreshes + 1];
    });
    tab.on('requestfinished', (request) => isRefresh(request) && running--);
    tab.on('requestfailed', (request) => isRefresh(request) && running--);
    tab.on('pageerror', (error) => assert.fail(error));
  }
  const until = Date.now() + CHATTING_MILLISECONDS;
  const chatIn = async (tab: Page, count: number) => {
    for (let sent = 1; Date.now() < until; sent++) {
      await send(tab, `Count to ${count}`);
      await tab.waitForFunction((expected) => document.querySelectorAll('.ASSISTANT.COMPLETED').length === expected, sent, { timeout: 60_000 });
      assert.equal(await tab.locator('.ASSISTANT').last().textContent(), counted(count));
    }
    assert.equal(await tab.textContent('#error'), '');
  };
  await Promise.all([chatIn(page, 100), chatIn(second, 70)]);
  assert.equal(most, 1);
  assert.ok(refreshes <= CHATTING_MILLISECONDS / (ACCESS_TOKEN_SECONDS * 1000 * 0.7), `${refreshes} refreshes`);
  assert.ok(refreshes >= 10, `${refreshes} refreshes`);
  await context.close();
});
