import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createGqlChat, type GqlChat } from '@gql-chat/client';
import { counted } from '../../testing/counted.ts';
import { startServer, type Server } from '../../testing/server.ts';
import { until } from '../../testing/until.ts';

let server: Server;
let chat: GqlChat;
let [uploads, created] = [0, 0];
/** How many of the next requests that send a message lose their answers. */
let lostAnswers = 0;

const fetchAndLose: typeof fetch = async (url, init) => {
  if (init?.method === 'PUT') uploads++;
  if (String(init?.body).includes('mutation CreateSession')) created++;
  const answer = await fetch(url, init);
  if (!String(init?.body).includes('mutation SendMessage') || lostAnswers === 0) return answer;
  lostAnswers--;
  return new Response('{"errors":[{"message":"Lost.","extensions":{"code":"INTERNAL"}}]}');
};

before(async () => {
  server = await startServer();
  chat = createGqlChat({ url: server.url, fetch: fetchAndLose });
  await chat.auth.signUp({ username: 'ada', email: 'ada@example.com', password: 'correct horse battery' });
});
after(async () => {
  chat?.close();
  await server?.stop();
});

const names = async () => (await chat.sessions.load()).sessions.map(({ id }) => id);

test('a new session has an id at once, and exists from its first message on', async () => {
  const [unused, id] = [chat.sessions.begin(), chat.sessions.begin({ systemPrompt: 'Be short.' })];
  const messages = chat.messages(id);
  const end = messages.subscribe(() => undefined);
  assert.deepEqual([messages.get().status, messages.get().messages], ['ready', []]);
  const { reply } = chat.send({ sessionId: id, text: 'Count to 5' });
  assert.deepEqual(messages.get().messages.map(({ role, text }) => [role, text]), [['USER', 'Count to 5'], ['ASSISTANT', '']]);
  await reply.finished;
  const { session } = await until(messages, (state) => state.messages[1]?.status === 'COMPLETED' && state.session !== null);
  assert.deepEqual([session!.id, session!.title, session!.systemPrompt], [id, 'Count to 5', 'Be short.']);
  assert.equal((await names()).includes(unused), false);
  end();
});

test('files are enough for a new session to exist, which is created once', async () => {
  const id = chat.sessions.begin();
  created = 0;
  const files = await Promise.all(['a.txt', 'b.txt'].map((name) => chat.files.upload(id, new Blob([name]), { name })));
  assert.deepEqual(files.map((file) => [file.sessionId, file.name]), [[id, 'a.txt'], [id, 'b.txt']]);
  assert.equal((await names()).filter((name) => name === id).length, 1);
  assert.equal(created, 1);
});

test('Blobs are uploaded with the message, with progress, and begin a session if there is none', async () => {
  const shares: number[] = [];
  const attachments = [new File(['six words in a plain file'], 'notes.txt'), new File(['and six more of the same'], 'more.txt')];
  const { reply, userMessage } = chat.send({ text: 'Count to 3', attachments, onProgress: (share) => shares.push(share) });
  assert.equal(reply.get().status, 'SENDING');
  const started = await reply.started;
  assert.equal(started.session.id, userMessage.sessionId);
  assert.deepEqual(started.userMessage.parts.map((part) => (part.__typename === 'FilePart' ? part.file.name : part.__typename)), ['TextPart', 'notes.txt', 'more.txt']);
  assert.deepEqual([shares.length, shares.at(-1)], [2, 1]);
  await reply.finished;

  await chat.messages(started.session.id).load();
  const edited = chat.edit({ messageId: started.userMessage.id, text: 'Count to 4', attachments: [new File(['a third file'], 'third.txt')] });
  assert.deepEqual((await edited.reply.started).userMessage.parts.map((part) => (part.__typename === 'FilePart' ? part.file.name : part.__typename)), ['TextPart', 'third.txt']);
  await edited.reply.finished;
});

test('a message whose answer was lost is sent again with the same files, in the same session, and stored once', async () => {
  const input = { text: 'Count to 2', idempotencyKey: 'once', attachments: [new File(['six words in a plain file'], 'once.txt')] };
  [uploads, lostAnswers] = [0, 1];
  const before = (await names()).length;
  await assert.rejects(chat.send(input).reply.started, { code: 'INTERNAL' });
  const { session } = await chat.send(input).reply.started;
  const { messages } = await chat.messages(session.id).load();
  assert.deepEqual([uploads, messages.length, (await names()).length - before], [1, 2, 1]);
});

test('a message whose answer was lost is not stored twice, although the page shows it by now', async () => {
  const sessionId = chat.sessions.begin();
  const messages = chat.messages(sessionId);
  const end = messages.subscribe(() => undefined);
  const first = { sessionId, text: 'Count to 2', idempotencyKey: 'first' };
  lostAnswers = 1;
  await assert.rejects(chat.send(first).reply.started, { code: 'INTERNAL' });
  await until(messages, (state) => state.messages[1]?.status === 'COMPLETED');
  await chat.send(first).reply.finished;
  assert.equal(messages.get().messages.length, 2);

  lostAnswers = 1;
  const input = { sessionId, text: 'Count to 3', idempotencyKey: 'twice' };
  await assert.rejects(chat.send(input).reply.started, { code: 'INTERNAL' });
  const { messages: shown } = await until(messages, (state) => state.messages[3]?.status === 'COMPLETED');
  const { reply } = await chat.send(input).reply.started;
  assert.deepEqual([reply.id, messages.get().messages.length], [shown[3]!.id, 4]);

  const device = createGqlChat({ url: server.url });
  await device.auth.signIn('ada', 'correct horse battery');
  await device.send({ sessionId, text: 'Count to 4' }).reply.finished;
  const late = { sessionId, parentId: shown[3]!.id, text: 'Count to 5', idempotencyKey: 'late' };
  await assert.rejects(chat.send(late).reply.started, { code: 'CONFLICT' });
  await until(messages, (state) => state.messages[5]?.status === 'COMPLETED');
  const { parentId, ...again } = late;
  await chat.send(again).reply.finished;
  await until(messages, (state) => state.messages.length === 8);
  device.close();
  end();
});

test('an upload that is aborted takes its message along', async () => {
  const cancel = new AbortController();
  const { reply } = chat.send({ text: 'Hello', attachments: [new Blob(['never'])], signal: cancel.signal });
  cancel.abort();
  await assert.rejects(reply.finished, { code: 'ABORTED' });
});

test('a reply is stopped by the id of its draft, before the server has answered', async () => {
  const sessionId = chat.sessions.begin();
  const messages = chat.messages(sessionId);
  const end = messages.subscribe(() => undefined);
  chat.send({ sessionId, text: 'Count to 1000' });
  const draft = messages.get().messages.at(-1)!;
  assert.match(draft.id, /^sending:/);
  assert.equal((await chat.stop(draft.id)).status, 'STOPPED');
  await until(messages, (state) => state.messages.at(-1)!.status === 'STOPPED' && state.messages.length === 2);
  end();
});

test('a version that is being sent counts among its siblings, and one that is deleted does not', async () => {
  const id = chat.sessions.begin();
  const messages = chat.messages(id);
  const end = messages.subscribe(() => undefined);
  await chat.send({ sessionId: id, text: 'Count to 2' }).reply.finished;
  const first = await until(messages, (state) => state.messages[1]?.status === 'COMPLETED');
  const siblings = () => messages.get().messages.map(({ siblingIds }) => siblingIds.length);
  const again = chat.regenerate(first.messages[1]!.id);
  assert.deepEqual(siblings(), [1, 2]);
  await again.finished;
  const edited = chat.edit({ messageId: first.messages[0]!.id, text: 'Count to 3' });
  assert.deepEqual(siblings(), [2, 1]);
  await edited.reply.finished;
  await until(messages, (state) => state.messages[1]!.text === counted(3) && state.messages[1]!.status === 'COMPLETED');
  assert.deepEqual(siblings(), [2, 1]);

  const device = createGqlChat({ url: server.url });
  await device.auth.signIn('ada', 'correct horse battery');
  await device.deleteMessage(first.messages[0]!.id);
  await until(messages, () => siblings()[0] === 1);
  assert.equal(messages.get().messages[1]!.text, counted(3));
  device.close();
  end();
});
