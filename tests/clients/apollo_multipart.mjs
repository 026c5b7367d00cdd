// A subscription by Apollo Client with nothing but HttpLink: multipart over HTTP. Prints {"next": {data, errors}} for each
// result, then {"complete": true} or {"error": message}.
//   node apollo_multipart.mjs '{"url": "http://…/graphql", "token": "…", "query": "…", "variables": {}}'
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client';

const { url, token, query, variables } = JSON.parse(process.argv[2]);
const headers = token ? { Authorization: `Bearer ${token}` } : undefined;
const print = (line) => console.log(JSON.stringify(line));
const client = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: url, headers }) });
const next = ({ data, error }) =>
  print({ next: { data, errors: CombinedGraphQLErrors.is(error) ? error.errors : undefined } });

try {
  await new Promise((resolve, reject) => {
    const watching = client.subscribe({ query: gql(query), variables, errorPolicy: 'all' });
    watching.subscribe({ next, error: reject, complete: resolve });
  });
  print({ complete: true });
} catch (error) {
  print({ error: error.message });
}
client.stop();
