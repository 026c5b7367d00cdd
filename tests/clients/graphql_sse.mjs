// One operation by graphql-sse in its distinct connections mode; prints what graphql_ws.mjs prints.
//   node graphql_sse.mjs '{"url": "http://…/graphql", "token": "…", "query": "…", "variables": {}}'
import { createClient } from 'graphql-sse';

const { url, token, query, variables } = JSON.parse(process.argv[2]);
const print = (line) => console.log(JSON.stringify(line));

const client = createClient({ url, headers: token ? { Authorization: `Bearer ${token}` } : undefined, retryAttempts: 0 });
await new Promise((resolve) => {
  client.subscribe(
    { query, variables },
    {
      next: (payload) => print({ next: payload }),
      error(error) {
        print({ error: error.message });
        resolve();
      },
      complete() {
        print({ complete: true });
        resolve();
      },
    },
  );
});
client.dispose();
