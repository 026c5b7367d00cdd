import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createGqlChat, type GqlChat } from '@gql-chat/client';
import { counted } from '../../testing/counted.ts';
import { cutAtRandom, startProxy, type Proxy } from '../../testing/proxy.ts';
import { startServer, type Server } from '../../testing/server.ts';
import { until } from '../../testing/until.ts';

const PASSWORD = 'correct horse battery';
const CUTS = 30;
let server: Server;
let proxy: Proxy;
let number = 0;

before(async () => {
  server = await startServer();
  proxy = await startProxy(server.origin);
});
after(async () => {
  await proxy.close();
  await server.stop();
});

async function signUp(options: { webSocketImpl?: unknown } = {}): Promise<GqlChat> {
  const chat = createGqlChat({ url: proxy.url, ...options });
  const username = `bob${++number}`;
  await chat.auth.signUp({ username, email: `${username}@example.com`, password: PASSWORD });
  return chat;
}

async function chatUnderCuts(chat: GqlChat): Promise<void> {
  const session = await chat.sessions.create();
  const messages = chat.messages(session.id);
  const end = messages.subscribe(() => undefined);
  await until(messages, ({ status }) => status === 'ready');
  const cutting = cutAtRandom(proxy, CUTS);
  let isCutting = true;
  cutting.then(() => (isCutting = false));
  let sent = 0;
  while (isCutting) {
    const { reply } = chat.send({ sessionId: session.id, text: 'Count to 120' });
    sent++;
    const shown: string[] = [];
    const endShowing = messages.subscribe(() => shown.push(messages.get().messages.at(-1)!.text));
    let last = '';
    for await (const text of reply) {
      assert.ok(text.startsWith(last), 'the text only grows');
      last = text;
    }
    const expected = counted(120);
    assert.equal((await reply.finished).text, expected);
    assert.equal(last, expected);
    await until(messages, (state) => state.messages.length === 2 * sent && state.messages.at(-1)!.text === expected && state.messages.at(-1)!.status === 'COMPLETED');
    endShowing();
    assert.deepEqual(shown.filter((text) => !expected.startsWith(text)), []);
  }
  const { totalCount } = await chat.callLogs({ first: 1, filter: { purpose: 'REPLY' } });
  assert.equal(totalCount, sent);
  end();
  chat.close();
}

test('every connection is cut 30 times at random: the text is right at every moment, and the model is called once', async () => {
  await chatUnderCuts(await signUp());
});

test('the same over event streams, where there are no WebSockets', async () => {
  await chatUnderCuts(await signUp({ webSocketImpl: null }));
});

test('event streams take over where WebSockets are blocked', async () => {
  proxy.blocksWebSockets = true;
  const chat = await signUp();
  const { reply } = chat.send({ text: 'Count to 3' });
  assert.equal((await reply.finished).text, '1, 2, 3. 🎉');
  proxy.blocksWebSockets = false;
  chat.close();
});

test('an event stream goes on with the next token when its own expires', async () => {
  const strict = await startServer({ GQL_CHAT_ACCESS_TOKEN_SECONDS: '5' });
  let refreshes = 0;
  const chat = createGqlChat({
    url: strict.url, webSocketImpl: null,
    fetch: (url, init) => {
      if (String(init?.body).includes('refreshTokens')) refreshes++;
      return fetch(url, init);
    },
  });
  await chat.auth.signUp({ username: 'eve', email: 'eve@example.com', password: PASSWORD });
  assert.equal((await chat.send({ text: 'Count to 250' }).reply.finished).text, counted(250));
  assert.ok(refreshes >= 1 && refreshes <= 4, `${refreshes} refreshes`);
  chat.close();
  await strict.stop();
});
