// The same query twice by Apollo Client with automatic persisted queries. Prints {"sent": method, "text": boolean} for
// each request, then {"results": [data or message of the error]}.
//   node apollo_persisted.mjs '{"url": "http://…/graphql", "query": "…", "useGETForHashedQueries": false}'
import { createHash } from 'node:crypto';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';

const { url, query, useGETForHashedQueries } = JSON.parse(process.argv[2]);
const print = (line) => console.log(JSON.stringify(line));

const observedFetch = (address, options) => {
  const text = options.body ? 'query' in JSON.parse(options.body) : new URL(address).searchParams.has('query');
  print({ sent: options.method, text });
  return fetch(address, options);
};
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: new PersistedQueryLink({ sha256, useGETForHashedQueries }).concat(new HttpLink({ uri: url, fetch: observedFetch })),
});

const results = [];
for (let times = 0; times < 2; times += 1) {
  const ask = client.query({ query: gql(query), fetchPolicy: 'no-cache' });
  results.push(await ask.then(({ data }) => data, (error) => error.message));
}
print({ results });
