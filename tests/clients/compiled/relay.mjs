// Relay's runtime, with the modules that relay-compiler wrote: a query and a mutation by fetch, a subscription by graphql-ws.
//   node relay.mjs '{"url": "http://…/graphql", "token": "…", "text": "hello"}'
import relay from 'relay-runtime';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import me from './src/__generated__/relayDocumentsMeQuery.graphql.js';
import send from './src/__generated__/relayDocumentsSendMutation.graphql.js';
import watch from './src/__generated__/relayDocumentsWatchSubscription.graphql.js';

const { url, token, text } = JSON.parse(process.argv[2]);
const print = (line) => console.log(JSON.stringify(line));
const authorization = { Authorization: `Bearer ${token}` };
const sockets = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, connectionParams: authorization });

const environment = new relay.Environment({
  network: relay.Network.create(
    async ({ id: documentId }, variables) => {
      const headers = { 'content-type': 'application/json', ...authorization };
      return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ documentId, variables }) })).json();
    },
    ({ id: documentId }, variables) =>
      relay.Observable.create((sink) => sockets.subscribe({ query: '', documentId, variables }, sink)),
  ),
  store: new relay.Store(new relay.RecordSource()),
});

print(await relay.fetchQuery(environment, me, {}).toPromise());
const sent = await new Promise((onCompleted, onError) =>
  relay.commitMutation(environment, { mutation: send, variables: { input: { text } }, onCompleted, onError }));
const { id } = sent.sendMessage.reply;
let shown = '';
await new Promise((onCompleted, onError) =>
  relay.requestSubscription(environment, {
    subscription: watch, variables: { id }, onCompleted, onError,
    onNext: ({ reply }) => {
      if (reply.message) print({ shown, stored: reply.message.text, status: reply.message.status });
      else shown = shown.slice(0, reply.offset) + reply.text;
    },
  }));
await sockets.dispose();
