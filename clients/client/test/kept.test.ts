import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { createGqlChat, type GqlChat, type KeyValueStorage } from '@gql-chat/client';
import { startServer, type Server } from '../../testing/server.ts';
import { until } from '../../testing/until.ts';

const ACCOUNT = { username: 'ada', email: 'ada@example.com', password: 'correct horse battery' };
let server: Server;
let sent: string[] = [];
const kept = new Map<string, string>();
const storage: KeyValueStorage = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => void kept.set(key, value),
  removeItem: (key) => void kept.delete(key),
};

/** A client whose operations by HTTP are noted, and that shares its storage with the others, as the pages of a browser do. */
const open = (): GqlChat => createGqlChat({
  url: server.url, storage,
  fetch: (url, init) => {
    sent.push(/(?:query|mutation) (\w+)/.exec(String(init?.body))![1]!);
    return fetch(url, init);
  },
});
const titles = (chat: GqlChat) => chat.sessions.get().value.sessions.map(({ title }) => title).join();
const cursorKey = () => [...kept.keys()].find((key) => key.endsWith(':sessions'))!;

before(async () => {
  server = await startServer();
});
after(() => server.stop());

test('a new page shows the sessions of the one before at once, and follows changes from there', async () => {
  const first = open();
  await first.auth.signUp(ACCOUNT);
  first.sessions.subscribe(() => undefined);
  await until(first.sessions, ({ status }) => status === 'ready');
  await first.sessions.create({ title: 'One' });
  while (!kept.get(cursorKey())?.includes('One')) await new Promise((resolve) => setTimeout(resolve, 20));
  first.close();

  const device = createGqlChat({ url: server.url });
  await device.auth.signIn(ACCOUNT.username, ACCOUNT.password);
  await device.sessions.create({ title: 'Two' });

  sent = [];
  const second = open();
  assert.equal(titles(second), 'One');
  second.sessions.subscribe(() => undefined);
  await until(second.sessions, () => titles(second) === 'Two,One');
  assert.deepEqual(sent, []);
  second.close();
  device.close();
});

test('a position that is too old is given up, and everything is loaded anew', async () => {
  const device = createGqlChat({ url: server.url });
  await device.auth.signIn(ACCOUNT.username, ACCOUNT.password);
  await device.sessions.create({ title: 'Three' });
  const file = readdirSync(server.data).find((name) => /\.(db|sqlite3?)$/.test(name))!;
  const database = new DatabaseSync(join(server.data, file));
  database.exec('DELETE FROM changes');
  database.close();

  sent = [];
  const chat = open();
  chat.sessions.subscribe(() => undefined);
  await until(chat.sessions, () => titles(chat) === 'Three,Two,One');
  assert.deepEqual(sent, ['ChangesCursor', 'Sessions']);
  await device.sessions.create({ title: 'Four' });
  await until(chat.sessions, () => titles(chat) === 'Four,Three,Two,One');
  await chat.auth.signOut();
  assert.deepEqual([...kept.keys()], []);
  chat.close();
  device.close();
});

test('what is kept of one user is not shown to the next', async () => {
  const first = open();
  await first.auth.signIn(ACCOUNT.username, ACCOUNT.password);
  await first.sessions.load();
  const end = first.sessions.subscribe(() => undefined);
  await first.auth.signUp({ ...ACCOUNT, username: 'bob', email: 'bob@example.com' });
  await until(first.sessions, ({ status }) => status === 'ready');
  assert.equal(titles(first), '');
  end();
  first.close();
});

test('positions that are refused one after the other are asked for more and more slowly', async (context) => {
  const asked: number[] = [];
  context.mock.method(Math, 'random', () => 1);
  const chat = createGqlChat({
    url: server.url,
    fetch: async (url, init) => {
      const answer = await fetch(url, init);
      if (!String(init?.body).includes('query ChangesCursor') || asked.push(performance.now()) > 4) return answer;
      return Response.json({ data: { changesCursor: 'of a server of another version' } });
    },
  });
  context.after(() => chat.close());
  await chat.auth.signIn(ACCOUNT.username, ACCOUNT.password);
  chat.sessions.subscribe(() => undefined);
  while (asked.length < 5) await new Promise((resolve) => setTimeout(resolve, 20));
  const waited = asked.slice(1).map((at, number) => at - asked[number]!);
  assert.ok(waited[1]! > 199 && waited[2]! > 399 && waited[3]! > 799, waited.join());
  await chat.sessions.create({ title: 'Five' });
  await until(chat.sessions, () => titles(chat).startsWith('Five,'));
});
