// Relay's runtime, with the environment of docs/clients/relay.md and the modules that relay-compiler wrote: a query, a mutation
// and a subscription.
//   node relay.mjs '{"text": "hello"}'
import relay from 'relay-runtime';
import { environment } from './environment.mjs';
import me from './src/__generated__/relayDocumentsMeQuery.graphql.js';
import send from './src/__generated__/relayDocumentsSendMutation.graphql.js';
import watch from './src/__generated__/relayDocumentsWatchSubscription.graphql.js';

const { text } = JSON.parse(process.argv[2]);
const print = (line) => console.log(JSON.stringify(line));
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
process.exit();
