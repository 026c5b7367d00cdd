// A first visit by Apollo Client, as an app would write it: one client with its normalised cache for all of it.
// Prints a JSON line for each step, named after it.
//   node apollo_chat.mjs '{"url": "http://…/graphql", "name": "ada", "key": {…CreateKeyInput}, "text": "hello"}'
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { createClient } from 'graphql-ws';
import { filter, firstValueFrom, map } from 'rxjs';
import WebSocket from 'ws';

const { url, name, key, text } = JSON.parse(process.argv[2]);
const print = (step, value) => console.log(JSON.stringify({ [step]: value }));

let accessToken;
const authorization = () => (accessToken ? { Authorization: `Bearer ${accessToken}` } : {});
const socket = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, connectionParams: authorization });
const client = new ApolloClient({
  cache: new InMemoryCache({
    possibleTypes: { Node: ['Message', 'Session'] },
    typePolicies: { Query: { fields: { sessions: relayStylePagination() } } },
  }),
  link: ApolloLink.split(
    ({ operationType }) => operationType === 'subscription',
    new GraphQLWsLink(socket),
    new SetContextLink(({ headers }) => ({ headers: { ...headers, ...authorization() } })).concat(new HttpLink({ uri: url })),
  ),
});
const mutate = async (mutation, variables) => (await client.mutate({ mutation, variables })).data;

const password = 'correct horse battery';
const account = { username: name, email: `${name}@example.com`, password };
const registered = await mutate(
  gql`mutation ($input: RegisterInput!) { register(input: $input) { accessToken user { id username } } }`,
  { input: account },
);
print('register', registered.register.user.username);

const signedIn = await mutate(gql`mutation ($input: LoginInput!) { login(input: $input) { accessToken user { id } } }`, {
  input: { login: account.email, password },
});
({ accessToken } = signedIn.login);
print('login', signedIn.login.user.id === registered.register.user.id);

const { createKey } = await mutate(gql`mutation ($input: CreateKeyInput!) { createKey(input: $input) { id name secretHint } }`, {
  input: key,
});
print('createKey', { name: createKey.name, secretHint: createKey.secretHint });

const SEND = gql`mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { session { id title } reply { id status text } }
}`;
const { sendMessage } = await mutate(SEND, { input: { text, keyId: createKey.id } });
print('sendMessage', sendMessage.reply.status);

const WATCH = gql`subscription ($id: ID!) {
  reply(messageId: $id) {
    ... on ReplyDelta { kind offset text }
    ... on ReplyFinished { message { id status text } }
  }
}`;
let shown = '';
await new Promise((resolve, reject) => {
  client.subscribe({ query: WATCH, variables: { id: sendMessage.reply.id } }).subscribe({
    next({ data, error }) {
      if (error) reject(error);
      else if (data.reply.__typename === 'ReplyDelta') shown = shown.slice(0, data.reply.offset) + data.reply.text;
    },
    error: reject,
    complete: resolve,
  });
});
print('reply', shown);

// The subscription's last event brought the message under its id, so the cache knows it without asking.
const cached = { __typename: 'Message', id: sendMessage.reply.id };
print('cachedReply', client.cache.readFragment({ id: client.cache.identify(cached), fragment: gql`fragment R on Message { status text }` }));

for (const title of ['second', 'third']) {
  await mutate(gql`mutation ($input: CreateSessionInput!) { createSession(input: $input) { id title } }`, { input: { title } });
}
const PAGE = gql`query ($after: String) {
  sessions(first: 2, after: $after) {
    totalCount
    edges { cursor node { id title messageCount messages(last: 2) { nodes { id role text } } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;
const list = client.watchQuery({ query: PAGE });
const following = list.subscribe({});
const titlesOf = ({ edges }) => edges.map(({ node }) => node.title);
const listed = (isIt) =>
  firstValueFrom(
    list.pipe(
      filter(({ data, dataState }) => dataState === 'complete' && isIt(data.sessions)),
      map(({ data }) => data.sessions),
    ),
  );
const firstPage = await listed(() => true);
print('firstPage', { total: firstPage.totalCount, titles: titlesOf(firstPage) });
await list.fetchMore({ variables: { after: firstPage.pageInfo.endCursor } });
const allPages = await listed(({ edges }) => edges.length === 3);
print('allPages', titlesOf(allPages));
print('messages', allPages.edges[2].node.messages.nodes.map(({ role, text }) => ({ role, text })));

// A mutation's answer changes what the list shows, by id, without another request.
await mutate(gql`mutation ($input: UpdateSessionInput!) { updateSession(input: $input) { id title } }`, {
  input: { id: sendMessage.session.id, title: 'renamed' },
});
print('renamed', titlesOf(await listed(({ edges }) => edges[2].node.title !== text)));

following.unsubscribe();
await socket.dispose();
client.stop();
