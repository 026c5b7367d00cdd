import type { Change, Feed } from './changes.js';
import * as operations from './generated/operations.js';
import type { Http } from './http.js';
import { Resource } from './lists.js';
import type { Branches } from './messages.js';
import type { Message, Session } from './replies.js';
import { uniqueKey } from './waiting.js';

/** The sessions that are loaded, latest activity first. */
export interface SessionList {
  sessions: readonly Session[];
  /** Whether `loadMore` would bring older ones. */
  hasMore: boolean;
}

/** A message that matches a search, and its text around the first match in pieces. */
export interface SearchHit {
  message: operations.SearchQuery['search']['nodes'][number];
  snippet: { text: string; isMatch: boolean }[];
}

const PAGE = 50;
const SNIPPET_CHARACTERS = 80;

/** The user's sessions as a store, and what can be done with them. */
export class Sessions extends Resource<SessionList> {
  readonly #http: Http;
  readonly #branches: Branches;
  /** What the sessions that the server does not have yet will be created with. */
  readonly #begun = new Map<string, operations.CreateSessionInput>();
  /** Those that are being created: two files that are added at once wait for the same. */
  readonly #creating = new Map<string, Promise<unknown>>();
  /** The cursor after the last session that is loaded. */
  after: string | null = null;
  /** Called when the list was loaded. */
  loaded: () => void = () => {};

  constructor(http: Http, feed: Feed, branches: Branches) {
    super(feed, { sessions: [], hasMore: false }, () => this.#page(null), reduce);
    this.#http = http;
    this.#branches = branches;
  }

  /** Show a list that was right at the feed's position. */
  restore(list: SessionList, after: string | null): void {
    this.after = after;
    this.fill(list);
  }

  /** Load older sessions. */
  loadMore = async (): Promise<void> => {
    const after = this.after;
    if (!this.get().value.hasMore || !after) return;
    const { sessions, hasMore } = await this.#page(after);
    this.put((list) => ({ sessions: sorted([...without(list.sessions, sessions.map(({ id }) => id)), ...sessions]), hasMore }));
  };

  /** Load a page of sessions that meet conditions, such as a part of their title, without changing the store. */
  find = async (filter: operations.SessionFilter, first = PAGE): Promise<Session[]> =>
    (await this.#http.run(operations.Sessions, { filter, first }, { retry: true })).sessions.nodes;

  create = async (input: operations.CreateSessionInput = {}): Promise<Session> => {
    const variables = { input: { ...input, id: input.id ?? newSessionId() } };
    const { createSession } = await this.#http.run(operations.CreateSession, variables, { retry: true });
    return this.#keep(createSession!);
  };

  /** Return the id of a new session at once. The server creates it with the first message or file that is sent to it. */
  begin = (input: operations.CreateSessionInput = {}): string => {
    const id = newSessionId();
    this.#begun.set(id, input);
    this.#branches.open(id).clear();
    return id;
  };

  /** Create a session that was only begun. */
  ensure = async (id: string, defaults?: operations.CreateSessionInput): Promise<void> => {
    const input = this.#begun.get(id);
    if (!input) return;
    const creating = this.#creating.get(id)
      ?? this.create({ ...defaults, ...input, id }).then(() => this.#begun.delete(id)).finally(() => this.#creating.delete(id));
    this.#creating.set(id, creating);
    await creating;
  };

  update = async (input: operations.UpdateSessionInput): Promise<Session> =>
    this.#keep((await this.#http.run(operations.UpdateSession, { input }, { retry: true })).updateSession!);

  rename = (id: string, title: string): Promise<Session> => this.update({ id, title });

  pin = (id: string, pinned = true): Promise<Session> => this.update({ id, pinned });

  /** Have the model name the session after its content. */
  generateTitle = async (id: string): Promise<Session> =>
    this.#keep((await this.#http.run(operations.GenerateTitle, { sessionId: id })).generateTitle!);

  /** Delete sessions with everything in them. */
  delete = async (ids: string[]): Promise<void> => {
    await this.#http.run(operations.DeleteSessions, { ids });
    this.put((list) => ({ ...list, sessions: without(list.sessions, ids) }));
  };

  deleteAll = async (): Promise<void> => {
    await this.#http.run(operations.DeleteAllSessions, {}, { retry: true });
    this.put(() => ({ sessions: [], hasMore: false }));
  };

  /** Delete all messages of a session, which itself stays. */
  deleteMessages = async (sessionId: string): Promise<void> => {
    await this.#http.run(operations.DeleteMessages, { sessionId }, { retry: true });
    this.#branches.find(sessionId)?.reload();
  };

  /** Show the branch through a message, for example one of another message's `siblingIds`. */
  selectBranch = async (messageId: string): Promise<readonly Message[]> => {
    const { selectBranch } = await this.#http.run(operations.SelectBranch, { messageId }, { retry: true });
    return this.#show(selectBranch!);
  };

  /** Delete a message with everything that follows it. Returns the branch that is selected now. */
  deleteMessage = async (id: string): Promise<readonly Message[]> => this.#show((await this.#http.run(operations.DeleteMessage, { id })).deleteMessage!);

  /** Search the texts of messages, best match first. */
  search = async (query: string, page: { first?: number; after?: string } = {}) => {
    const { search } = await this.#http.run(operations.Search, { query, ...page }, { retry: true });
    const hits: SearchHit[] = search.nodes.map((message) => ({ message, snippet: snippetOf(message.text, query) }));
    return { hits, totalCount: search.totalCount, hasMore: search.pageInfo.hasNextPage, after: search.pageInfo.endCursor };
  };

  async #page(after: string | null): Promise<SessionList> {
    const first = after ? PAGE : Math.min(Math.max(PAGE, this.get().value.sessions.length), 200);
    const { sessions } = await this.#http.run(operations.Sessions, { first, after }, { retry: true });
    this.after = sessions.pageInfo.endCursor ?? after;
    this.loaded();
    return { sessions: sessions.nodes, hasMore: sessions.pageInfo.hasNextPage };
  }

  #keep(session: Session): Session {
    this.put((list) => placed(list, session));
    return session;
  }

  #show({ messages: { nodes, pageInfo }, ...session }: NonNullable<operations.SelectBranchMutation['selectBranch']>): readonly Message[] {
    this.#branches.find(session.id)?.put(session, nodes, pageInfo);
    this.#keep(session);
    return nodes;
  }
}

function reduce(list: SessionList, change: Change): SessionList {
  if (change.__typename === 'SessionsDeleted') return { ...list, sessions: without(list.sessions, change.ids) };
  if (change.__typename !== 'SessionChanged') return list;
  const { messages: _, ...session } = change.session;
  return placed(list, session);
}

const activityOf = ({ lastMessageAt, createdAt, id }: Session): string => (lastMessageAt ?? createdAt) + id;
const sorted = (sessions: Session[]): Session[] => sessions.sort((a, b) => (activityOf(a) < activityOf(b) ? 1 : -1));
const without = (sessions: readonly Session[], ids: readonly string[]): Session[] => sessions.filter(({ id }) => !ids.includes(id));

/** Put the session in its place, unless that is beyond what is loaded. */
function placed(list: SessionList, session: Session): SessionList {
  const others = without(list.sessions, [session.id]);
  const last = others.at(-1);
  if (list.hasMore && last && activityOf(session) < activityOf(last)) return { ...list, sessions: others };
  return { ...list, sessions: sorted([...others, session]) };
}

/** Make a TypeID with a UUIDv7 in it, as the server does. */
function newSessionId(): string {
  const digits = '0123456789abcdefghjkmnpqrstvwxyz';
  const hex = Date.now().toString(16).padStart(12, '0') + '7' + uniqueKey().slice(0, 3) + '8' + uniqueKey().slice(0, 15);
  let [id, rest] = ['', BigInt(`0x${hex}`)];
  for (let place = 0; place < 26; place++, rest >>= 5n) id = digits[Number(rest & 31n)] + id;
  return `ses_${id}`;
}

/** Return the text around the first word of the query that occurs, with all words that occur there marked. */
export function snippetOf(text: string, query: string): SearchHit['snippet'] {
  const words = (query.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', '').trim()).filter(Boolean);
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (!escaped.length) return [{ text: text.slice(0, 2 * SNIPPET_CHARACTERS), isMatch: false }];
  const pattern = new RegExp(`(${escaped.join('|')})`, 'giu');
  const at = Math.max(text.search(pattern), 0);
  const from = Math.max(0, at - SNIPPET_CHARACTERS);
  const to = Math.min(text.length, at + SNIPPET_CHARACTERS);
  const piece = (from ? '…' : '') + text.slice(from, to) + (to < text.length ? '…' : '');
  return piece.split(pattern).map((part, index) => ({ text: part, isMatch: index % 2 === 1 })).filter((part) => part.text);
}
