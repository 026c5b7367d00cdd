// Watches a reply by graphql-ws as docs/clients.md says: with a fresh token whenever the server wants one. Prints JSON
// lines: {"connected": n}, {"closed": code}, {"refreshed": true}, {"next": …}, {"error": …} or {"complete": true}, and
// last {"text": …}.
//   node graphql_ws_refresh.mjs '{"url": "http://…/graphql", "accessToken": "…", "refreshToken": "…", "messageId": "…"}'
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const { url, messageId, ...tokens } = JSON.parse(process.argv[2]);
const print = (line) => console.log(JSON.stringify(line));

let expired = false;
let connections = 0;

async function refresh() {
  const query = 'mutation ($token: String!) { refreshTokens(refreshToken: $token) { accessToken refreshToken } }';
  const body = JSON.stringify({ query, variables: { token: tokens.refreshToken } });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  Object.assign(tokens, (await response.json()).data.refreshTokens);
  expired = false;
  print({ refreshed: true });
}

const client = createClient({
  url: url.replace('http', 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: async () => {
    if (expired) await refresh();
    return { Authorization: `Bearer ${tokens.accessToken}` };
  },
  on: {
    connected: () => print({ connected: ++connections }),
    closed: ({ code }) => {
      if (code === 4403) expired = true;
      print({ closed: code });
    },
  },
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 20)),
});

const query = `subscription ($id: ID!, $offset: Int!) { reply(messageId: $id, offset: $offset) {
  ... on ReplyDelta { kind offset text } ... on ReplyFinished { message { status text } } } }`;
const variables = { id: messageId, offset: 0 };
let text = '';

await new Promise((resolve) => {
  client.subscribe(
    { query, variables },
    {
      next({ data }) {
        print({ next: data.reply });
        if (data.reply.kind !== 'TEXT') return;
        text = text.slice(0, data.reply.offset) + data.reply.text;
        variables.offset = text.length; // graphql-ws sends them again, as they are then, when it subscribes again
      },
      error({ code, reason }) {
        print({ error: { code, reason } });
        resolve();
      },
      complete() {
        print({ complete: true });
        resolve();
      },
    },
  );
});
print({ text });
await client.dispose();
