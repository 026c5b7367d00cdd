import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { PROGRAM } from '../../clients/testing/server.ts';
import { arrive, checkAccessibility, lastReply, PASSWORD, picture, send, signIn, signUp, type Place } from './person.ts';

let place: Place;

before(async () => {
  const data = mkdtempSync(join(tmpdir(), 'gql-chat-pages-'));
  const env = { ...process.env, GQL_CHAT_DATA_DIR: data };
  execFileSync(PROGRAM, ['user', 'create', '--admin', '--password-stdin', 'root', 'root@example.com'], { env, cwd: data, input: PASSWORD });
  place = await arrive({ GQL_CHAT_DATA_DIR: data });
});
after(() => place?.close());

test('an admin sees users, groups, the server key, calls, usage and health', async () => {
  const visitor = await place.open();
  await signUp(visitor, 'ada');
  await send(visitor, 'Count to 2');
  await lastReply(visitor);
  await visitor.goto(`${place.server.origin}/admin/`);
  await visitor.getByText('You need the role ADMIN').waitFor();
  await visitor.context().close();

  const page = await place.open('/admin/');
  await signIn(page, 'root');
  await page.getByRole('rowheader', { name: 'ada' }).waitFor();
  await checkAccessibility(page);
  await picture(page, 'admin');
  await page.getByLabel('Tokens a month of ada').fill('1000');
  await page.keyboard.press('Tab');
  await page.getByRole('row', { name: 'ada' }).getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('row', { name: 'ada' }).getByRole('button', { name: 'Enable' }).waitFor();
  assert.equal(await page.getByLabel('Tokens a month of ada').inputValue(), '1000');

  await page.getByRole('button', { name: 'Groups' }).click();
  await page.getByLabel('Name').fill('Class 5b');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('rowheader', { name: 'Class 5b' }).waitFor();
  await checkAccessibility(page);

  await page.getByRole('button', { name: 'Server key' }).click();
  await page.getByLabel('Base URL').waitFor();
  await checkAccessibility(page);

  await page.getByRole('button', { name: 'Call log' }).click();
  await page.getByText('1 call', { exact: true }).waitFor();
  await page.getByLabel('Status').selectOption('ERROR');
  await page.getByText('0 calls', { exact: true }).waitFor();
  await checkAccessibility(page);

  await page.getByRole('button', { name: 'Usage' }).click();
  await page.getByRole('cell', { name: 'ada' }).waitFor();
  await checkAccessibility(page);

  await page.getByRole('button', { name: 'Health' }).click();
  await page.getByText('database').waitFor();
  await checkAccessibility(page);
  await page.context().close();
});

const SECTIONS = ['用户', '群组', '服务器密钥', '调用日志', '用量', '健康状态'];

test('the admin’s page is in Chinese for who wants that, and fits a phone in the dark', async () => {
  const page = await place.open('/admin/', { viewport: { width: 390, height: 780 }, colorScheme: 'dark', hasTouch: true, isMobile: true });
  await signIn(page, 'root');
  await page.getByRole('heading', { name: 'Administration' }).waitFor();
  await page.getByRole('button', { name: '中文' }).click();
  await page.reload();
  await page.getByRole('heading', { name: '管理' }).waitFor();
  for (const [number, section] of SECTIONS.entries()) {
    await page.getByRole('button', { name: section, exact: true }).click();
    await page.waitForLoadState('networkidle');
    const english = await page.locator('h1, h2, label, button, dt, thead th').evaluateAll(
      (elements) => elements.map(({ textContent }) => textContent).filter((text) => /[a-z]{3}/i.test(text.replace(/API|English|Redis/, ''))),
    );
    assert.deepEqual(english, [], section);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(overflow, 0, section);
    await checkAccessibility(page);
    await picture(page, `admin-chinese-${number}`);
  }
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'Administration' }).waitFor();
  await page.context().close();
});

/** Execute the query until that has come of it: GraphiQL reads its editor a moment after the editor has changed, and nothing says when. */
async function execute(page: Page, effect: Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 10; tries += 1) {
    await page.getByRole('button', { name: /Execute query/ }).click();
    if (await Promise.race([effect.then(() => true), setTimeout(3000, false)])) return;
  }
  await effect;
}

/** Wait until the page has sent that over a WebSocket. */
const sent = (page: Page, text: string) => new Promise<void>((resolve) => {
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => { if (payload.includes(text)) resolve(); }));
});

/** Wait until the editor shows the operation of this name. */
const editor = (page: Page, name: string) =>
  page.locator('.graphiql-query-editor .view-lines').getByText(new RegExp(`(query|mutation|subscription)\\s${name}\\b`)).first().waitFor();

test('a browser at /graphql is led to GraphiQL, which is signed in and follows subscriptions', async () => {
  const page = await place.open('/graphql');
  await page.waitForURL('**/graphiql/');
  await signIn(page, 'root');
  await editor(page, 'Ask');
  await page.getByRole('tab', { name: 'Me', exact: true }).click();
  await editor(page, 'Me');
  await execute(page, page.locator('.graphiql-response', { hasText: 'root@example.com' }).waitFor());
  await page.getByRole('tab', { name: 'Changes', exact: true }).click();
  await editor(page, 'Changes');
  await execute(page, sent(page, 'subscription Changes'));
  const device = await page.context().newPage();
  await device.goto(place.server.origin);
  await send(device, 'Count to 2');
  await lastReply(device);
  await page.locator('.graphiql-response', { hasText: /MessageAdded|ReplySettled|SessionChanged/ }).waitFor();
  await picture(page, 'graphiql');
  await page.context().close();
});

test('GraphiQL fits a phone, and its editors go dark when the system does', async () => {
  const page = await place.open('/graphiql/', { viewport: { width: 390, height: 780 }, colorScheme: 'light' });
  await signIn(page, 'root');
  await page.locator('.graphiql-query-editor .monaco-editor.vs').waitFor();
  assert.equal(await page.locator('.account').evaluate((account) => account.getClientRects().length), 1);  // one line, not cut off
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('.graphiql-query-editor .monaco-editor.vs-dark').waitFor();
  await page.context().close();
});
