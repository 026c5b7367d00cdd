// A mutation, a query and two subscriptions by urql: over graphql-ws, and as an event stream by its fetchExchange.
// Prints a JSON line for each step, named after it.
//   node urql.mjs '{"url": "http://…/graphql", "token": "…", "text": "hello"}'
import { Client, cacheExchange, fetchExchange, gql, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const { url, token, text } = JSON.parse(process.argv[2]);
const print = (step, value) => console.log(JSON.stringify({ [step]: value }));
const authorization = { Authorization: `Bearer ${token}` };

const socket = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, connectionParams: authorization });
const forwardSubscription = (request) => ({
  subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? '' }, sink) }),
});
const common = { url, fetchOptions: { headers: authorization }, preferGetMethod: false };
const client = new Client({ ...common, exchanges: [cacheExchange, fetchExchange, subscriptionExchange({ forwardSubscription })] });
const streaming = new Client({ ...common, fetchSubscriptions: true, exchanges: [cacheExchange, fetchExchange] });

const SEND = gql`mutation ($text: String!) { sendMessage(input: { text: $text }) { session { id } reply { id status } } }`;
const WATCH = gql`subscription ($id: ID!) {
  reply(messageId: $id) {
    __typename
    ... on ReplyDelta { kind offset text }
    ... on ReplyFinished { message { id status text } }
  }
}`;

const watch = (from, id) =>
  new Promise((resolve, reject) => {
    let shown = '';
    from.subscription(WATCH, { id }).subscribe(({ data, error }) => {
      if (error) reject(error);
      else if (data.reply.__typename === 'ReplyDelta') shown = shown.slice(0, data.reply.offset) + data.reply.text;
      else resolve({ shown, stored: data.reply.message.text, status: data.reply.message.status });
    });
  });

const { data: sent } = await client.mutation(SEND, { text });
print('mutation', sent.sendMessage.reply.status);
print('webSocket', await watch(client, sent.sendMessage.reply.id));
print('eventStream', await watch(streaming, sent.sendMessage.reply.id));

const SESSION = gql`query ($id: ID!) { session(id: $id) { id messageCount messages { nodes { id role text } } } }`;
const { data: read } = await client.query(SESSION, { id: sent.sendMessage.session.id });
print('query', { count: read.session.messageCount, roles: read.session.messages.nodes.map(({ role }) => role) });
const { data: missing } = await client.query(SESSION, { id: 'ses_01h455vb4pex5vsknk084sn02q' });
print('missing', missing.session);
await socket.dispose();
