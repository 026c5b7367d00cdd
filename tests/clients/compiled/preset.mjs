// Apollo Client with the documents of the client preset, by their hashes alone: a query and a mutation over HTTP, a
// subscription over a WebSocket; and the query by fetch.
//   node preset.mjs '{"url": "http://…/graphql", "token": "…", "text": "hello"}'
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, Observable } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { createClient } from 'graphql-ws';
import { OperationTypeNode } from 'graphql';
import WebSocket from 'ws';
import { MeDocument, SendDocument, WatchDocument } from './generated/graphql.ts';

const { url, token, text } = JSON.parse(process.argv[2]);
const print = (line) => console.log(JSON.stringify(line));
const headers = { Authorization: `Bearer ${token}` };
const sockets = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, connectionParams: headers });

const hashOf = (document) => document.__meta__.hash.replace('sha256:', '');
const hashes = new PersistedQueryLink({ generateHash: hashOf });
const overSockets = new ApolloLink(({ extensions, variables }) =>
  new Observable((sink) => sockets.subscribe({ query: '', extensions, variables }, sink)));
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: hashes.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, overSockets, new HttpLink({ uri: url, headers })),
});

print((await client.query({ query: MeDocument })).data);
const { data: sent } = await client.mutate({ mutation: SendDocument, variables: { input: { text } } });
const { id } = sent.sendMessage.reply;
let shown = '';
await new Promise((complete, error) =>
  client.subscribe({ query: WatchDocument, variables: { id }, fetchPolicy: 'no-cache' }).subscribe({
    next: ({ data, error: failure }) => {
      if (failure) return error(failure);
      const { reply } = data;
      if (reply.message) print({ shown, stored: reply.message.text, status: reply.message.status });
      else shown = shown.slice(0, reply.offset) + reply.text;
    },
    complete, error,
  }));
const body = JSON.stringify({ documentId: MeDocument.__meta__.hash });
const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
print((await answer.json()).data);
await sockets.dispose();
client.stop();
