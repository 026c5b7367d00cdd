// One operation by Apollo Client: subscriptions over graphql-ws, all else over HTTP. Prints {"next": {data, errors}} for
// each result, then {"complete": true} or {"error": message}.
//   node apollo.mjs '{"url": "http://…/graphql", "token": "…", "query": "…", "variables": {}}'
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const { url, token, query, variables } = JSON.parse(process.argv[2]);
const authorization = token ? { Authorization: `Bearer ${token}` } : undefined;
const print = (line) => console.log(JSON.stringify(line));

const socket = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, connectionParams: authorization });
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.split(
    ({ operationType }) => operationType === 'subscription',
    new GraphQLWsLink(socket),
    new HttpLink({ uri: url, headers: authorization }),
  ),
});

const document = gql(query);
const errorPolicy = 'all';
const next = ({ data, error }) =>
  print({ next: { data, errors: CombinedGraphQLErrors.is(error) ? error.errors : undefined } });

try {
  const { operation } = document.definitions.find(({ kind }) => kind === 'OperationDefinition');
  if (operation === 'query') next(await client.query({ query: document, variables, errorPolicy, fetchPolicy: 'no-cache' }));
  else if (operation === 'mutation') next(await client.mutate({ mutation: document, variables, errorPolicy }));
  else {
    await new Promise((resolve, reject) => {
      client.subscribe({ query: document, variables, errorPolicy }).subscribe({ next, error: reject, complete: resolve });
    });
  }
  print({ complete: true });
} catch (error) {
  print({ error: error.message });
}
await socket.dispose();
client.stop();
