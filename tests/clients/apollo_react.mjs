// A React component that shows a reply as docs/clients.md says. Prints {"shown": text} whenever React has rendered another
// text, and {"status": …} when the reply has ended. After its first text it is too busy to read, until a file exists.
//   node apollo_react.mjs '{"url": "ws://…/graphql", "token": "…", "messageId": "…", "busyUntil": "/path"}'
import { existsSync, readFileSync } from 'node:fs';
import { ApolloClient, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { ApolloProvider } from '@apollo/client/react';
import { createClient } from 'graphql-ws';
import { createElement, useEffect } from 'react';
import WebSocket from 'ws';
import { blockOf } from './markdown.mjs';

globalThis.IS_REACT_NATIVE_TEST_ENVIRONMENT = true; // else it prints that it is deprecated
const { create } = await import('react-test-renderer');

const { url, token, messageId, busyUntil } = JSON.parse(process.argv[2]);
const print = (line) => console.log(JSON.stringify(line));

const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');
const useReply = await blockOf(page, 'function useReply', {}, [], 'useReply')();

const socket = createClient({ url, webSocketImpl: WebSocket, connectionParams: { Authorization: `Bearer ${token}` } });
const client = new ApolloClient({ cache: new InMemoryCache(), link: new GraphQLWsLink(socket) });

function Reply() {
  const { text, status } = useReply(messageId);
  useEffect(() => {
    print({ shown: text });
    while (text && !existsSync(busyUntil));
  }, [text]);
  useEffect(() => {
    if (!status) return;
    print({ status });
    socket.dispose();
    client.stop();
  }, [status]);
  return text;
}
create(createElement(ApolloProvider, { client }, createElement(Reply)));
