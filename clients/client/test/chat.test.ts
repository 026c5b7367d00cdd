import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createGqlChat, GqlChatError, type GqlChat } from '@gql-chat/client';
import { Users } from '@gql-chat/client/operations';
import { startServer, type Server } from '../../testing/server.ts';
import { until } from '../../testing/until.ts';

const PASSWORD = 'correct horse battery';
let server: Server;
let chat: GqlChat;
let number = 0;

before(async () => {
  server = await startServer();
});
after(() => server.stop());

async function signUp(): Promise<GqlChat> {
  const client = createGqlChat({ url: server.url });
  const username = `ada${++number}`;
  await client.auth.signUp({ username, email: `${username}@example.com`, password: PASSWORD });
  return client;
}

test('a reply grows to the stored text, and a store shows it at once', async () => {
  chat = await signUp();
  const { userMessage, reply } = chat.send({ text: 'Count to 12' });
  assert.equal(userMessage.text, 'Count to 12');
  assert.equal(reply.get().status, 'SENDING');
  let last = '';
  for await (const text of reply) {
    assert.ok(text.startsWith(last));
    last = text;
  }
  const message = await reply.finished;
  assert.deepEqual([message.status, message.text, last], ['COMPLETED', '1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12. 🎉', message.text]);
  const { session } = await reply.started;
  assert.deepEqual((await chat.messages(session.id).load()).messages.map(({ text }) => text), ['Count to 12', last]);
  chat.close();
});

test('sessions and messages are kept right by what another device does', async () => {
  chat = await signUp();
  const username = chat.auth.get().user!.username;
  const other = createGqlChat({ url: server.url });
  await other.auth.signIn(username, PASSWORD);
  const session = await chat.sessions.create({ title: 'Plans' });
  const messages = other.messages(session.id);
  const ends = [messages.subscribe(() => undefined), other.sessions.subscribe(() => undefined)];
  await until(messages, ({ status }) => status === 'ready');
  await until(other.sessions, ({ status }) => status === 'ready');
  const texts = () => messages.get().messages.map(({ text, status }) => `${status} ${text}`);

  await chat.messages(session.id).load();
  const sent = chat.send({ sessionId: session.id, text: 'Count to 3' });
  assert.deepEqual(chat.messages(session.id).get().messages.map(({ text }) => text), ['Count to 3', '']);
  await sent.reply.finished;
  await until(messages, () => texts().at(-1) === 'COMPLETED 1, 2, 3. 🎉');

  const started = await sent.reply.started;
  await chat.edit({ messageId: started.userMessage.id, text: 'Count to 2' }).reply.finished;
  await until(messages, () => texts().at(-1) === 'COMPLETED 1, 2. 🎉');
  assert.equal(messages.get().messages[0]!.siblingIds.length, 2);

  await chat.selectBranch(started.userMessage.id);
  await until(messages, () => texts().at(-1) === 'COMPLETED 1, 2, 3. 🎉');
  await chat.deleteMessage(started.reply.id);
  await until(messages, () => texts().length === 1);

  await chat.sessions.rename(session.id, 'Better plans');
  await until(other.sessions, ({ value }) => value.sessions[0]?.title === 'Better plans');
  await chat.sessions.delete([session.id]);
  await until(other.sessions, ({ value }) => value.sessions.length === 0);
  ends.forEach((end) => end());
  chat.close();
  other.close();
});

test('a reply is stopped, continued and written anew', async () => {
  chat = await signUp();
  const { reply } = chat.send({ text: 'Count to 500' });
  const { session, reply: begun } = await reply.started;
  await chat.messages(session.id).load();
  assert.equal((await reply.stop()).status, 'STOPPED');
  const continued = chat.continue(begun.id);
  await continued.started;
  await continued.stop();
  const another = chat.regenerate(begun.id);
  await another.started;
  await another.stop();
  const { messages } = await chat.messages(session.id).load();
  assert.deepEqual(messages.map(({ siblingIds }) => siblingIds.length), [1, 2]);
  chat.close();
});

test('files are uploaded, attached, found and linked', async () => {
  chat = await signUp();
  const session = await chat.sessions.create();
  const shares: number[] = [];
  const file = await chat.files.upload(session.id, new Blob(['six words in a plain file']), { name: 'notes.txt', onProgress: (share) => shares.push(share) });
  assert.deepEqual([file.name, file.status, shares.at(-1)], ['notes.txt', 'READY', 1]);
  const { reply } = chat.send({ sessionId: session.id, text: 'Hello', attachments: [{ fileId: file.id }] });
  const { userMessage } = await reply.started;
  assert.deepEqual(userMessage.parts.map(({ __typename }) => __typename), ['TextPart', 'FilePart']);
  await reply.finished;
  const { hits } = await chat.search('hell');
  assert.ok(hits.some(({ message }) => message.id === userMessage.id));
  assert.deepEqual(hits[0]!.snippet[0], { text: 'Hell', isMatch: true });
  assert.equal(await (await fetch((await chat.files.get(file.id))!.downloadUrl)).text(), 'six words in a plain file');
  chat.close();
});

test('errors have a code, and signing out empties every store', async () => {
  chat = await signUp();
  const end = chat.sessions.subscribe(() => undefined);
  await chat.sessions.create({ title: 'Mine' });
  await until(chat.sessions, ({ value }) => value.sessions.length === 1);
  const code = (expected: string) => (error: unknown) => error instanceof GqlChatError && error.code === expected;
  await assert.rejects(chat.query(Users, {}), code('FORBIDDEN'));
  const { reply } = chat.send({ text: '' });
  await assert.rejects(reply.finished, code('BAD_USER_INPUT'));
  assert.equal(reply.get().error?.field, 'input.text');
  await chat.auth.signOut();
  assert.deepEqual([chat.sessions.get().value.sessions, chat.auth.get().signedIn], [[], false]);
  await assert.rejects(chat.query(Users, {}), code('UNAUTHENTICATED'));
  await assert.rejects(chat.auth.signIn('nobody', PASSWORD), code('UNAUTHENTICATED'));
  end();
  chat.close();
});

test('a sign-in that is ended elsewhere shows as that, and needs the password again', async () => {
  chat = await signUp();
  const { username } = chat.auth.get().user!;
  const ends = [chat.sessions.subscribe(() => undefined)];
  await until(chat.connection, (state) => state === 'live');
  const other = createGqlChat({ url: server.url });
  await other.auth.signIn(username, PASSWORD);
  await other.auth.signOut(true);
  await until(chat.auth, ({ ended }) => ended);
  assert.deepEqual(chat.auth.get(), { signedIn: false, user: null, isAdmin: false, ended: true });
  await chat.auth.signIn(username, PASSWORD);
  await chat.sessions.create({ title: 'Back' });
  await until(chat.sessions, ({ value }) => value.sessions.length === 1);
  ends.forEach((end) => end());
  chat.close();
  other.close();
});

test('an app brings its own token', async () => {
  chat = await signUp();
  const { token } = await chat.me.createAccessToken({ name: 'script', scopes: ['CHAT'] });
  const script = createGqlChat({ url: server.url, auth: token });
  assert.equal((await script.send({ text: 'Count to 2' }).reply.finished).text, '1, 2. 🎉');
  await assert.rejects(script.keys.load(), ({ code }: GqlChatError) => code === 'FORBIDDEN');
  chat.close();
  script.close();
});
