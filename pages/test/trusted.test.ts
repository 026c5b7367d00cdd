import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PROGRAM } from '../../clients/testing/server.ts';
import { arrive, lastReply, PASSWORD, send, signIn, signUp, type Place } from './person.ts';

let place: Place;

// The operator's manifest holds none of the pages' documents.
before(async () => {
  const data = mkdtempSync(join(tmpdir(), 'gql-chat-pages-'));
  const manifest = join(data, 'manifest.json');
  writeFileSync(manifest, JSON.stringify({ 'names-1': 'query Names { __typename }' }));
  const env = { ...process.env, GQL_CHAT_DATA_DIR: data };
  execFileSync(PROGRAM, ['user', 'create', '--admin', '--password-stdin', 'root', 'root@example.com'], { env, cwd: data, input: PASSWORD });
  place = await arrive({ GQL_CHAT_DATA_DIR: data, GQL_CHAT_TRUSTED_DOCUMENTS: 'only', GQL_CHAT_TRUSTED_DOCUMENTS_FILE: manifest });
});
after(() => place?.close());

const post = async (body: object) => (await fetch(place.server.url, {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
})).json();

test('a server that runs only trusted documents runs those of its own pages', async () => {
  assert.deepEqual(await post({ documentId: 'names-1' }), { data: { __typename: 'Query' } });
  const refused = await post({ query: '{ __typename }' });
  assert.equal(refused.errors[0].extensions.code, 'DOCUMENT_NOT_TRUSTED');

  const page = await place.open();
  await signUp(page, 'ada');
  await send(page, 'Count to 5');
  assert.equal(await lastReply(page), '1, 2, 3, 4, 5. 🎉');
  await page.getByRole('button', { name: 'Regenerate' }).click();
  await page.getByText('2/2').waitFor();
  assert.equal(await lastReply(page), '1, 2, 3, 4, 5. 🎉');
  await page.reload();
  assert.equal(await lastReply(page), '1, 2, 3, 4, 5. 🎉');
  await page.context().close();

  const admin = await place.open('/admin/');
  await signIn(admin, 'root');
  await admin.getByRole('rowheader', { name: 'ada' }).waitFor();
  for (const name of ['Groups', 'Server key', 'Call log', 'Usage', 'Health']) await admin.getByRole('button', { name }).click();
  await admin.getByText('database').waitFor();
  assert.equal(await admin.getByText('manifest').count(), 0);
  await admin.context().close();
});
