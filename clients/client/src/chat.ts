import { Auth, Keys, Me, type Persona, type Usage } from './account.js';
import { Feed } from './changes.js';
import { asError, GqlChatError } from './errors.js';
import { Files } from './files.js';
import * as operations from './generated/operations.js';
import { Http, type TypedDocument, type VariablesOf } from './http.js';
import { KeptSessions } from './kept.js';
import { Resource } from './lists.js';
import { Live } from './live.js';
import { Branch, Branches, DRAFT_PREFIX, type Messages } from './messages.js';
import { Replies, type Message, type Reply } from './replies.js';
import { Sending } from './sending.js';
import { Sessions } from './sessions.js';
import { AppTokens, SignIns, type KeyValueStorage } from './signin.js';

export interface GqlChatOptions {
  /** The server's `/graphql`, relative to the page or absolute. */
  url: string;
  /** A personal access token, or a function that returns a valid token before each request. Without it, users sign in by `chat.auth`. */
  auth?: string | (() => string | Promise<string>);
  fetch?: typeof fetch;
  /** A WebSocket class, for Node 20. Null to use event streams only. */
  webSocketImpl?: unknown;
  /** Where the sign-in is kept: `localStorage` by default, so that tabs share it; else the memory. */
  storage?: KeyValueStorage;
}

/** A client of a gql-chat server. */
export type GqlChat = ReturnType<typeof createGqlChat>;

/** Make a client. It connects when it is first used. */
export function createGqlChat(options: GqlChatOptions) {
  const url = new URL(options.url, globalThis.location?.href).href;
  const fetchImpl = options.fetch ?? ((...request) => fetch(...request));
  const name = `gql-chat:${url}`;
  const storage = options.storage ?? defaultStorage();
  const signIns = options.auth === undefined ? new SignIns(name, storage, () => http) : undefined;
  const tokens = signIns ?? new AppTokens(options.auth!);
  const http: Http = new Http(url, fetchImpl, tokens);
  const live = new Live(url, tokens, fetchImpl, options.webSocketImpl === undefined ? globalThis.WebSocket : options.webSocketImpl);
  const feed = new Feed(http, live);
  const replies = new Replies(http, live);
  const branches: Branches = new Branches((id) => new Branch(id, http, feed, replies));
  const auth = new Auth(http, tokens.state, signIns);
  const sessions = new Sessions(http, feed, branches);
  const files = new Files(http, sessions);
  const sending = new Sending(http, replies, branches, sessions, files);
  const me = new Me(http, feed, auth);
  const keys = new Keys(http, feed);
  const personas = new Resource<readonly Persona[]>(feed, [], async () => (await http.run(operations.Personas, {}, { retry: true })).personas);

  const kept = new KeptSessions(`${name}:sessions`, storage, feed, sessions);
  let userId = auth.get().user?.id;
  if (signIns) kept.begin(userId);
  auth.subscribe(() => {
    const before = userId;
    const { user, signedIn } = auth.get();
    userId = user?.id;
    if (before === userId) return;
    for (const store of [feed, sessions, branches, me, keys, personas]) store.reset(signedIn);
    kept.begin(userId);
  });

  return {
    auth, me, keys, personas, sessions, files,
    /** Return a token that is valid now, for requests of the app's own. Undefined when signed out. */
    accessToken: (): Promise<string | undefined> => tokens.token(),
    /** The state of the connection for live data, as a store. */
    connection: live.connection,
    /** The messages of a session's selected branch, as a store. */
    messages: (sessionId: string): Messages => branches.open(sessionId),
    send: sending.send, edit: sending.edit, regenerate: sending.regenerate, continue: sending.continue,
    selectBranch: sessions.selectBranch, deleteMessage: sessions.deleteMessage, search: sessions.search,

    /** Follow a reply that was begun earlier, from the text of the message on. */
    reply: (message: Message): Reply => replies.resume(message),

    /** Stop a reply, from any device, and even before the server has answered. Returns the settled message. */
    stop: async (messageId: string): Promise<Message> => {
      const known = replies.find(messageId);
      if (known && messageId.startsWith(DRAFT_PREFIX)) return known.stop();
      const { stopReply } = await http.run(operations.StopReply, { messageId }, { retry: true });
      branches.locate(messageId).branch?.replace(stopReply!);
      return stopReply!;
    },

    /** Sum up the calls to models, by day unless `groupBy` says otherwise. */
    usage: async (variables: operations.UsageQueryVariables = {}): Promise<Usage[]> => (await http.run(operations.Usage, variables, { retry: true })).usage ?? [],

    /** List the calls to models, newest first. */
    callLogs: async (variables: operations.CallLogsQueryVariables = {}) => (await http.run(operations.CallLogs, variables, { retry: true })).callLogs!,

    /** Run any query or mutation, such as those of `@gql-chat/client/operations`. Throws the first of its errors. */
    query: <Result, Variables>(document: TypedDocument<Result, Variables>, ...[variables, request]: VariablesOf<Variables>): Promise<Result> =>
      http.run(document, (variables ?? {}) as Variables, request),

    /** Follow any subscription over any number of failures. Breaking out of the loop ends it. */
    subscribe: <Result, Variables>(document: TypedDocument<Result, Variables>, ...[variables]: VariablesOf<Variables>): AsyncIterable<Result> =>
      iterate((next, failed) => live.follow(document, () => (variables ?? {}) as Variables, next, failed)),

    /** Close all connections. Replies go on being written. */
    close: (): void => {
      live.close();
      signIns?.close();
    },
  };
}

async function* iterate<Item>(follow: (next: (item: Item) => void, failed: (error: GqlChatError) => void) => () => void): AsyncGenerator<Item, void, undefined> {
  const items: Item[] = [];
  let failure: GqlChatError | undefined;
  let wake = () => {};
  const end = follow((item) => void (items.push(item), wake()), (error) => void ((failure = error), wake()));
  try {
    for (;;) {
      const item = items.shift();
      if (item !== undefined) yield item;
      else if (failure) throw asError(failure);
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    end();
  }
}

function defaultStorage(): KeyValueStorage {
  try {
    if (typeof window !== 'undefined' && window.localStorage) return window.localStorage;
  } catch {
    // The browser blocks it.
  }
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}
