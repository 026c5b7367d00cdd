// One operation by graphql-ws. Prints JSON lines: {"next": …}, {"error": …} or {"complete": true}, {"connected": n} for
// each connection, {"closed": code}, and with "follow" {"texts": {…}}: the deltas of `reply` put together by kind.
//   node graphql_ws.mjs '{"url": "ws://…/graphql", "token": "…", "query": "…", "variables": {}, "cutAfter": [5], "follow": true}'
// cutAfter: the nth connection is cut, without a goodbye, once it has brought that many events; graphql-ws then
// resubscribes by itself, with the variables it was given, and tells the application nothing.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const { url, token, query, variables, operationName, cutAfter = [], follow = false } = JSON.parse(process.argv[2]);
const print = (line) => console.log(JSON.stringify(line));

const texts = {};
let socket;
let connections = 0;
let events = 0;

const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: token ? { Authorization: `Bearer ${token}` } : undefined,
  retryAttempts: 5,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 20)),
  on: {
    connected(opened) {
      socket = opened;
      connections += 1;
      events = 0;
      print({ connected: connections });
    },
    closed: ({ code }) => print({ closed: code }),
  },
});

function next(payload) {
  print({ next: payload });
  const event = payload.data?.reply;
  if (follow && event?.text !== undefined) {
    const kind = event.kind ?? 'TEXT';
    texts[kind] = (texts[kind] ?? '').slice(0, event.offset) + event.text;
  }
  events += 1;
  if (events === cutAfter[connections - 1]) socket.terminate();
}

await new Promise((resolve) => {
  client.subscribe(
    { query, variables, operationName },
    {
      next,
      error(error) {
        print({ error: Array.isArray(error) ? error : { code: error.code, reason: error.reason, message: error.message } });
        resolve();
      },
      complete() {
        print({ complete: true });
        resolve();
      },
    },
  );
});
if (follow) print({ texts });
await client.dispose();
