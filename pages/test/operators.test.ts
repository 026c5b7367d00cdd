import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
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
  await page.getByText('1 calls').waitFor();
  await page.getByLabel('Status').selectOption('ERROR');
  await page.getByText('0 calls').waitFor();
  await checkAccessibility(page);

  await page.getByRole('button', { name: 'Usage' }).click();
  await page.getByRole('cell', { name: 'ada' }).waitFor();
  await checkAccessibility(page);

  await page.getByRole('button', { name: 'Health' }).click();
  await page.getByText('database').waitFor();
  await checkAccessibility(page);
  await page.context().close();
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
  await page.getByRole('button', { name: /Execute query/ }).click();
  await page.locator('.graphiql-response', { hasText: 'root@example.com' }).waitFor();
  await page.getByRole('tab', { name: 'Changes', exact: true }).click();
  await editor(page, 'Changes');
  await page.getByRole('button', { name: /Execute query/ }).click();
  await page.getByRole('button', { name: /Stop query/ }).waitFor();
  const device = await page.context().newPage();
  await device.goto(place.server.origin);
  await send(device, 'Count to 2');
  await lastReply(device);
  await page.locator('.graphiql-response', { hasText: /MessageAdded|ReplySettled|SessionChanged/ }).waitFor();
  await picture(page, 'graphiql');
  await page.context().close();
});
