import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { UseGqlChatHelpers } from '@gql-chat/ai-sdk/react';
import { createGqlChat, type GqlChat } from '@gql-chat/client';
import type { Browser, Page } from 'playwright-core';
import { launch, serveCode, type Site } from '../../testing/browser.ts';
import { counted } from '../../testing/counted.ts';
import { startServer, type Server } from '../../testing/server.ts';

interface Shown {
  /** What the hook has returned last. */
  hook: UseGqlChatHelpers;
  /** The session that the app has been told of. */
  sessionId: string | undefined;
  selectBranch(messageId: string): Promise<void>;
}
declare const shown: Shown;

// With ?hook by useGqlChat; else by the AI SDK's own useChat, with nothing of ours but the transport.
const APP = `
  import { Chat, useChat } from '@ai-sdk/react';
  import { GqlChatTransport, toUIMessages } from '@gql-chat/ai-sdk';
  import { useGqlChat } from '@gql-chat/ai-sdk/react';
  import { createGqlChat } from '@gql-chat/client';
  import { useState } from 'react';
  import { createRoot } from 'react-dom/client';

  const client = createGqlChat({ url: 'SERVER' });
  await client.auth.signIn('ada', 'correct horse battery');
  window.shown = { selectBranch: async (id) => shown.hook.setMessages(toUIMessages(await client.selectBranch(id))) };
  const opened = location.hash.slice(1) || undefined;
  const keep = (id) => history.replaceState(null, '', '#' + (shown.sessionId = id));
  const transport = new GqlChatTransport(client, { onSession: ({ id }) => keep(id) });
  const messages = opened && toUIMessages((await client.messages(opened).load()).messages);
  const chat = new Chat({ id: opened, messages, transport });

  function Conversation({ messages, status }) {
    return <>{messages.map(({ id, parts }) => <article key={id}>{parts.map(({ text }) => text)}</article>)}<p>{status}</p></>;
  }
  function Raw() {
    shown.hook = useChat({ chat, resume: true });
    return <Conversation {...shown.hook} />;
  }
  function Hooked() {
    const [sessionId, setSessionId] = useState(opened);
    shown.hook = useGqlChat(client, { sessionId, onSessionChange: (id) => setSessionId(shown.sessionId = id), input: () => window.input ?? {} });
    return <Conversation {...shown.hook} />;
  }
  createRoot(document.body).render(location.search === '?hook' ? <Hooked /> : <Raw />);`;

let server: Server;
let site: Site;
let browser: Browser;
let chat: GqlChat;

before(async () => {
  server = await startServer({ GQL_CHAT_ALLOWED_ORIGINS: '*' });
  chat = createGqlChat({ url: server.url });
  await chat.auth.signUp({ username: 'ada', email: 'ada@example.com', password: 'correct horse battery' });
  site = await serveCode(APP.replace('SERVER', server.url), new URL('../../examples/ai-sdk/', import.meta.url));
  browser = await launch();
});
after(async () => {
  chat?.close();
  await browser?.close();
  site?.close();
  await server?.stop();
});

async function open(address: string): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', (error) => assert.fail(error));
  await page.goto(`${site.origin}/${address}`);
  await page.waitForSelector('p');
  return page;
}
const shows = (page: Page, status: string, ...texts: string[]) => page.waitForFunction(
  (wanted) => [...document.querySelectorAll('article, p')].map((text) => text.textContent).join('|') === wanted, [...texts, status].join('|'),
);
const say = (page: Page, text: string, at?: number) => page.evaluate(
  ([text, at]) => void shown.hook.sendMessage({ text, ...(at !== undefined && { messageId: shown.hook.messages[at]!.id }) }), [text, at] as const,
);
const again = (page: Page, at: number) => page.evaluate((at) => void shown.hook.regenerate({ messageId: shown.hook.messages[at]!.id }), at);
const sessionOf = (page: Page) => page.waitForFunction(() => shown.sessionId).then((found) => found.jsonValue() as Promise<string>);
const stored = async (sessionId: string) => (await chat.messages(sessionId).load()).messages;

test("the AI SDK's own useChat sends, edits, asks for other replies, walks through branches, and goes on after a reload", async () => {
  const page = await open('');
  await say(page, 'Count to 4');
  await shows(page, 'ready', 'Count to 4', counted(4));
  const sessionId = await sessionOf(page);
  const [first] = await stored(sessionId);
  await again(page, 1);
  await shows(page, 'ready', 'Count to 4', counted(4));
  await say(page, 'Count to 5', 0);
  await shows(page, 'ready', 'Count to 5', counted(5));
  await say(page, 'Count to 6', 0);
  await shows(page, 'ready', 'Count to 6', counted(6));
  const branch = await stored(sessionId);
  assert.deepEqual(branch.map(({ siblingIds }) => siblingIds.length), [3, 1]);

  const select = (id: string) => page.evaluate((id) => shown.selectBranch(id), id);
  await select(branch[0]!.siblingIds[1]!);
  await shows(page, 'ready', 'Count to 5', counted(5));
  await select(first!.id);
  await shows(page, 'ready', 'Count to 4', counted(4));
  await again(page, 1);
  await shows(page, 'ready', 'Count to 4', counted(4));
  assert.deepEqual((await stored(sessionId)).map(({ siblingIds }) => siblingIds.length), [3, 3]);

  await say(page, 'Count to 120');
  await page.waitForFunction(() => document.body.textContent!.includes('5, 6, 7'));
  await page.reload();
  await page.waitForFunction(() => 'shown' in globalThis && shown.hook?.status === 'streaming');
  await shows(page, 'ready', 'Count to 4', counted(4), 'Count to 120', counted(120));
  await page.close();
});

test('a message that another device has made a CONFLICT stays below what that device sent, and can be sent again', async () => {
  const page = await open('?hook');
  await page.evaluate(() => Object.assign(globalThis, { input: { persona: 'Writer' } }));
  await say(page, 'Count to 2');
  await shows(page, 'ready', 'Count to 2', counted(2));
  const sessionId = await sessionOf(page);
  assert.equal((await chat.sessions.find({}))[0]!.persona.name, 'Writer');
  // The other device's message is stored between this page's wish to send and its request.
  let isFirst = true;
  await page.route('**/graphql', async (route) => {
    const comesBefore = isFirst && route.request().postData()?.includes('mutation SendMessage');
    if (comesBefore) {
      isFirst = false;
      await chat.send({ sessionId, text: 'Count to 3' }).reply.finished;
    }
    await route.fallback();
  });
  await say(page, 'Count to 5');
  await shows(page, 'error', 'Count to 2', counted(2), 'Count to 3', counted(3), 'Count to 5');
  assert.equal(await page.evaluate(() => (shown.hook.error as unknown as { code: string }).code), 'CONFLICT');
  await page.evaluate(() => void shown.hook.regenerate());
  await shows(page, 'ready', 'Count to 2', counted(2), 'Count to 3', counted(3), 'Count to 5', counted(5));

  await say(page, '', 0);
  await shows(page, 'error', '');
  await page.evaluate(() => shown.hook.clearError());
  await shows(page, 'ready', 'Count to 2', counted(2), 'Count to 3', counted(3), 'Count to 5', counted(5));
  assert.equal((await stored(sessionId)).length, 6);
  await page.close();
});

test('a reply that another device asks for, stops and continues is followed, and a session that is deleted makes room for a new one', async () => {
  const session = await chat.sessions.create({});
  const page = await open(`?hook#${session.id}`);
  const { reply } = chat.send({ sessionId: session.id, text: 'Count to 100' });
  await page.waitForFunction(() => document.body.textContent!.includes('5, 6, 7') && shown.hook.status === 'streaming');
  const stopped = await reply.stop();
  await shows(page, 'ready', 'Count to 100', stopped.text);
  await chat.continue(stopped.id).started;
  await page.waitForFunction(() => shown.hook.status === 'streaming');
  await shows(page, 'ready', 'Count to 100', counted(100));
  const { status, finishReason } = await page.evaluate(() => shown.hook.messages[1]!.metadata!.message);
  assert.deepEqual([status, finishReason], ['COMPLETED', 'STOP']);

  await chat.sessions.delete([session.id]);
  await shows(page, 'ready');
  await say(page, 'Count to 3');
  await shows(page, 'ready', 'Count to 3', counted(3));
  assert.notEqual(await sessionOf(page), session.id);
  await page.close();
});
