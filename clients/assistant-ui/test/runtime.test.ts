import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AssistantRuntime } from '@assistant-ui/react';
import { createGqlChat, type GqlChat } from '@gql-chat/client';
import type { Browser, Page } from 'playwright-core';
import { launch, serveCode, type Site } from '../../testing/browser.ts';
import { counted } from '../../testing/counted.ts';
import { startServer, type Server } from '../../testing/server.ts';

declare const runtime: AssistantRuntime;
const APP = `
  import { AssistantRuntimeProvider, ThreadPrimitive, MessagePrimitive } from '@assistant-ui/react';
  import { useGqlChatRuntime } from '@gql-chat/assistant-ui';
  import { createGqlChat } from '@gql-chat/client';
  import { useState } from 'react';
  import { createRoot } from 'react-dom/client';

  const chat = createGqlChat({ url: 'SERVER' });
  await chat.auth.signIn('ada', 'correct horse battery');
  function Chat() {
    const [sessionId, setSessionId] = useState();
    const runtime = useGqlChatRuntime(chat, { sessionId, onSessionChange: (id) => (window.shown = id), input: () => window.input ?? {}, onError: ({ code }) => (window.code = code) });
    Object.assign(window, { runtime, setSessionId });
    return <AssistantRuntimeProvider runtime={runtime}><ThreadPrimitive.Messages>{() => <article><MessagePrimitive.Parts /></article>}</ThreadPrimitive.Messages></AssistantRuntimeProvider>;
  }
  createRoot(document.body).render(<Chat />);`;

let server: Server;
let site: Site;
let browser: Browser;
let page: Page;
let chat: GqlChat;

before(async () => {
  server = await startServer({ GQL_CHAT_ALLOWED_ORIGINS: '*' });
  chat = createGqlChat({ url: server.url });
  await chat.auth.signUp({ username: 'ada', email: 'ada@example.com', password: 'correct horse battery' });
  site = await serveCode(APP.replace('SERVER', server.url), new URL('..', import.meta.url));
  browser = await launch();
  page = await browser.newPage();
  page.on('pageerror', (error) => assert.fail(error));
  await page.goto(site.origin);
  await page.waitForFunction(() => 'runtime' in globalThis);
});
after(async () => {
  chat?.close();
  await browser?.close();
  site?.close();
  await server?.stop();
});

const shows = (...texts: string[]) =>
  page.waitForFunction((wanted) => [...document.querySelectorAll('article')].map((text) => text.textContent).join('|') === wanted, texts.join('|'));
const shownId = () => page.waitForFunction(() => (globalThis as { shown?: string }).shown).then((handle) => handle.jsonValue());

test('threads are renamed, opened by the app, left for a new one, and closed when another device deletes them', async () => {
  await page.evaluate(() => runtime.thread.append('Count to 2'));
  await shows('Count to 2', counted(2));
  const id = await shownId();
  await page.evaluate((id) => runtime.threads.getItemById(id!).rename('Numbers'), id);
  await page.waitForFunction((id) => runtime.threads.getItemById(id!).getState().title === 'Numbers', id);
  assert.equal((await chat.sessions.find({ title: 'Numbers' }))[0]!.id, id);

  await page.evaluate(() => runtime.threads.switchToNewThread());
  await shows();
  assert.equal(await page.evaluate(() => (globalThis as { shown?: string }).shown), undefined);
  await page.evaluate((id) => (globalThis as unknown as { setSessionId(id: string): void }).setSessionId(id!), id);
  await shows('Count to 2', counted(2));
  await chat.sessions.delete([id!]);
  await shows();
  assert.deepEqual(await page.evaluate(() => runtime.threads.getState().threadIds), []);
});

test('a reply that was stopped is continued, a message is deleted, and each message asks for what the app wants', async () => {
  await page.evaluate(() => {
    Object.assign(globalThis, { input: { persona: 'Writer' } });
    runtime.thread.append('Count to 400');
  });
  await page.waitForFunction(() => document.body.textContent!.includes('10, 11'));
  await page.evaluate(() => runtime.thread.cancelRun());
  await page.waitForFunction(() => runtime.thread.getState().canResume);
  const id = await shownId();
  const [session] = await chat.sessions.find({});
  assert.deepEqual([session!.id, session!.persona.name], [id, 'Writer']);
  await page.evaluate(() => runtime.thread.resumeRun({ parentId: runtime.thread.getState().messages[0]!.id }));
  await shows('Count to 400', counted(400));

  await page.evaluate(() => runtime.thread.getMessageByIndex(1).delete());
  await shows('Count to 400');
  await chat.sessions.update({ id: id!, status: 'ENDED' });
  await page.waitForFunction(() => runtime.thread.getState().isDisabled);
});

test('what a message quotes stands above its text', async () => {
  await page.evaluate(() => runtime.threads.switchToNewThread());
  await page.evaluate(() => {
    runtime.thread.composer.setText('Count to 2');
    runtime.thread.composer.setQuote({ text: 'One\nTwo', messageId: 'any' });
    runtime.thread.composer.send();
  });
  await page.waitForFunction((reply) => document.body.textContent!.endsWith(reply), counted(2));
  const { messages } = await chat.messages((await shownId())!).load();
  assert.equal(messages[0]!.text, '> One\n> Two\n\nCount to 2');
});

test('a thread that cannot be loaded is an error, and is there once it is loaded again', async () => {
  const session = await chat.sessions.create({ title: 'Broken' });
  await chat.send({ sessionId: session.id, text: 'Count to 2' }).reply.finished;
  const broken = { errors: [{ message: 'Broken.', extensions: { code: 'INTERNAL' } }] };
  await page.route('**/graphql', (route) => (route.request().postData()?.includes('query Session(') ? route.fulfill({ json: broken }) : route.fallback()));
  await page.evaluate((id) => runtime.threads.switchToThread(id), session.id);
  await page.waitForFunction(() => (globalThis as { code?: string }).code === 'INTERNAL');
  await page.unroute('**/graphql');
  await page.evaluate(() => runtime.threads.reloadMainThread());
  await shows('Count to 2', counted(2));
});

test('a long thread opens at its end, and the messages before are loaded', async () => {
  const session = await chat.sessions.create({ title: 'Long' });
  for (let number = 1; number <= 26; number++) await chat.send({ sessionId: session.id, text: `Count to ${(number % 3) + 1}` }).reply.finished;
  await page.evaluate((id) => runtime.threads.switchToThread(id), session.id);
  await page.waitForFunction(() => document.querySelectorAll('article').length === 50);
  assert.equal(await page.textContent('article'), 'Count to 3');
  await page.evaluate(() => runtime.thread.loadEarlier());
  await page.waitForFunction(() => document.querySelectorAll('article').length === 52);
  assert.equal(await page.textContent('article'), 'Count to 2');
});
