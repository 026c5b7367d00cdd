import type { Fetcher } from '@graphiql/toolkit';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';
import { chat } from '../shared/chat';

const url = new URL('/graphql', location.href).href;

/** Add the sign-in's token, which is valid now, to each request. */
const signedFetch: typeof fetch = async (input, init) => {
  const headers = new Headers(init?.headers);
  const token = await chat.accessToken();
  if (token && !headers.has('authorization')) headers.set('authorization', `Bearer ${token}`);
  return fetch(input, { ...init, headers });
};

export const fetcher: Fetcher = createGraphiQLFetcher({
  url,
  fetch: signedFetch,
  wsClient: createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: async () => ({ authorization: `Bearer ${(await chat.accessToken()) ?? ''}` }),
  }),
});
