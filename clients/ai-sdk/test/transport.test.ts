import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GqlChatTransport, toUIMessages } from '@gql-chat/ai-sdk';
import { createGqlChat, type GqlChat } from '@gql-chat/client';
import { readUIMessageStream, type UIMessage, type UIMessageChunk } from 'ai';
import { counted } from '../../testing/counted.ts';
import { cutAtRandom, startProxy } from '../../testing/proxy.ts';
import { startServer, type Server } from '../../testing/server.ts';

let server: Server;
let chat: GqlChat;
let transport: GqlChatTransport;
let sessionId: string;

before(async () => {
  server = await startServer();
  chat = createGqlChat({ url: server.url });
  await chat.auth.signUp({ username: 'ada', email: 'ada@example.com', password: 'correct horse battery' });
});
after(async () => {
  chat?.close();
  await server?.stop();
});

const user = (id: string, text: string): UIMessage => ({ id, role: 'user', parts: [{ type: 'text', text }] });
const textOf = ({ parts }: UIMessage) => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
const stored = async () => (await chat.messages(sessionId).load()).messages;

const ask = (chatId: string, messages: UIMessage[], options: { trigger?: 'regenerate-message'; messageId?: string; abortSignal?: AbortSignal } = {}) =>
  transport.sendMessages({ trigger: 'submit-message', chatId, messages, messageId: undefined, abortSignal: undefined, ...options });

/** Start a chat of its own with one message. */
function begin(chatId: string, text: string, abortSignal?: AbortSignal) {
  transport = new GqlChatTransport(chat, { onSession: ({ id }) => (sessionId = id) });
  return ask(chatId, [user(`${chatId}-first`, text)], { abortSignal });
}

async function read(stream: ReadableStream<UIMessageChunk>): Promise<UIMessage> {
  let last: UIMessage | undefined;
  for await (const message of readUIMessageStream({ stream })) last = message;
  return last!;
}

test('a first message begins a session, the next one goes on in it, and its id is the idempotency key', async () => {
  const first = await read(await begin('a', 'Count to 12'));
  assert.equal(textOf(first), counted(12));
  const messages = [user('a-first', 'Count to 12'), first, user('a-second', 'Count to 3')];
  const [second, again] = [await read(await ask('a', messages)), await read(await ask('a', messages))];
  assert.deepEqual([textOf(second), again.id], [counted(3), second.id]);
  assert.deepEqual((await stored()).map(({ text }) => text), ['Count to 12', counted(12), 'Count to 3', counted(3)]);
  assert.deepEqual(toUIMessages(await stored()).map(({ role }) => role), ['user', 'assistant', 'user', 'assistant']);
  assert.deepEqual(toUIMessages(await stored()).at(-1)!.id, second.id);
});

test('a reply is written anew, and a message is edited, each beside the former one', async () => {
  const first = await read(await begin('b', 'Count to 4'));
  const another = await read(await ask('b', [user('b-first', 'Count to 4')], { trigger: 'regenerate-message' }));
  assert.notEqual(another.id, first.id);
  assert.deepEqual((await stored()).map(({ siblingIds }) => siblingIds.length), [1, 2]);
  const edited = await read(await ask('b', [user('b-first', 'Count to 5')], { messageId: 'b-first' }));
  assert.equal(textOf(edited), counted(5));
  assert.deepEqual((await stored()).map(({ siblingIds }) => siblingIds.length), [2, 1]);
});

test('a version that was selected again after an edit is the one that is asked', async () => {
  await read(await begin('i', 'Count to 4'));
  const [first] = toUIMessages(await stored());
  await read(await ask(sessionId, [user(first!.id, 'Count to 5')], { messageId: first!.id }));
  const again = await read(await ask(sessionId, [user(first!.id, 'Count to 5')], { trigger: 'regenerate-message' }));
  assert.equal(textOf(again), counted(5));
  await chat.selectBranch(first!.id);
  const another = await read(await ask(sessionId, [first!], { trigger: 'regenerate-message' }));
  assert.equal(textOf(another), counted(4));
  assert.deepEqual((await stored()).map(({ siblingIds }) => siblingIds.length), [2, 2]);
});

test('aborting stops the reply, and its text so far is kept', async () => {
  const stop = new AbortController();
  const reading = read(await begin('c', 'Count to 1000', stop.signal));
  stop.abort();
  const message = await reading;
  const [, reply] = await stored();
  assert.deepEqual([reply!.status, reply!.id, reply!.text], ['STOPPED', message?.id ?? reply!.id, message ? textOf(message) : '']);
});

test('a message right after a stop waits until the reply has stopped', async () => {
  const stop = new AbortController();
  const reader = (await begin('h', 'Count to 1000', stop.signal)).getReader();
  const { value } = await reader.read();
  stop.abort();
  const stopped: UIMessage = { id: value?.type === 'start' ? value.messageId! : '', role: 'assistant', parts: [] };
  const next = await read(await ask('h', [user('h-first', 'Count to 1000'), stopped, user('h-second', 'Count to 3')]));
  assert.equal(textOf(next), counted(3));
  assert.deepEqual((await stored()).map(({ status }) => status), ['COMPLETED', 'STOPPED', 'COMPLETED', 'COMPLETED']);
});

test('after a reload a reply that is being written is taken up from its first character on; else there is none', async () => {
  await (await begin('d', 'Count to 200')).cancel();
  const reloaded = createGqlChat({ url: server.url });
  await reloaded.auth.signIn('ada', 'correct horse battery');
  const other = new GqlChatTransport(reloaded);
  const [first, second] = [new AbortController(), new AbortController()];
  await other.reconnectToStream({ chatId: sessionId, abortSignal: first.signal });
  first.abort(); // as useChat does when it reconnects twice
  const stream = await other.reconnectToStream({ chatId: sessionId, abortSignal: second.signal });
  assert.equal(textOf(await read(stream!)), counted(200));
  assert.equal(await other.reconnectToStream({ chatId: sessionId }), null);
  assert.equal(await other.reconnectToStream({ chatId: 'unknown' }), null);
  reloaded.close();
});

test('files are uploaded with the message', async () => {
  transport = new GqlChatTransport(chat, { onSession: ({ id }) => (sessionId = id) });
  const file = { type: 'file' as const, mediaType: 'text/plain', filename: 'notes.txt', url: `data:text/plain;base64,${btoa('six words in a plain file')}` };
  await read(await ask('e', [{ id: 'e-first', role: 'user', parts: [file, { type: 'text', text: 'Hello' }] }]));
  const [message] = toUIMessages(await stored());
  assert.deepEqual(message!.parts.map((part) => (part.type === 'file' ? part.filename : part.type)), ['notes.txt', 'text']);
});

test('a refusal is thrown, and a message that was not stored is sent again', async () => {
  await assert.rejects(begin('f', ''), { code: 'BAD_USER_INPUT' });
  const reply = await read(await ask('f', [user('f-first', 'Count to 2')], { trigger: 'regenerate-message' }));
  assert.equal(textOf(reply), counted(2));
});

test('a chat that another device has continued is a CONFLICT', async () => {
  const first = await read(await begin('g', 'Count to 2'));
  await chat.send({ sessionId, text: 'Count to 3' }).reply.finished;
  await assert.rejects(ask('g', [user('g-first', 'Count to 2'), first, user('g-second', 'Count to 4')]), { code: 'CONFLICT' });
  assert.equal((await stored()).length, 4);
});

test('every connection is cut 30 times at random: the text is right at every moment, and the model is called once', async () => {
  const proxy = await startProxy(server.origin);
  const cut = createGqlChat({ url: proxy.url });
  await cut.auth.signUp({ username: 'bob', email: 'bob@example.com', password: 'correct horse battery' });
  const behind = new GqlChatTransport(cut);
  const cutting = cutAtRandom(proxy, 30);
  let isCutting = true;
  cutting.then(() => (isCutting = false));
  const messages: UIMessage[] = [];
  const expected = counted(120);
  while (isCutting) {
    messages.push(user(`cut-${messages.length}`, 'Count to 120'));
    const stream = await behind.sendMessages({ trigger: 'submit-message', chatId: 'cut', messages, messageId: undefined, abortSignal: undefined });
    let last: UIMessage | undefined;
    for await (const message of readUIMessageStream({ stream })) {
      assert.ok(expected.startsWith(textOf(message)), textOf(message));
      last = message;
    }
    assert.equal(textOf(last!), expected);
    messages.push(last!);
  }
  const { totalCount } = await cut.callLogs({ first: 1, filter: { purpose: 'REPLY' } });
  assert.equal(totalCount, messages.length / 2);
  cut.close();
  await proxy.close();
});
