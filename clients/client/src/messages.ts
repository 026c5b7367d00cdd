import { asError, type GqlChatError } from './errors.js';
import type { Change, Feed, Follower } from './changes.js';
import * as operations from './generated/operations.js';
import type { Http } from './http.js';
import type { GrowingReply, Message, Replies, Session, Started } from './replies.js';
import { Cell, type Store } from './store.js';

/** A session's selected branch, with texts that grow. */
export interface MessagesState {
  status: 'idle' | 'loading' | 'ready' | 'failed';
  /** Null until it is loaded, and if there is no such session. */
  session: Session | null;
  /** Oldest first. A message that is being sent has an id that begins with `sending:`. */
  messages: readonly Message[];
  /** Whether `loadEarlier` would bring more. */
  hasEarlier: boolean;
  error: GqlChatError | null;
}

/** The messages of a session, kept right by changes while anybody listens. */
export interface Messages extends Store<MessagesState> {
  load(): Promise<MessagesState>;
  /** Load the page before the first message. */
  loadEarlier(): Promise<void>;
}

/** What the page shows until the server has answered: the messages that will follow `parentId`, or the end if that is undefined. */
export interface Draft {
  parentId: string | null | undefined;
  messages: readonly Message[];
}

/** How the ids of messages begin that are being sent. */
export const DRAFT_PREFIX = 'sending:';

const PAGE = 50;
const MOST = 200;
const EMPTY: MessagesState = { status: 'idle', session: null, messages: [], hasEarlier: false, error: null };

export class Branch implements Messages, Follower {
  readonly #id: string;
  readonly #http: Http;
  readonly #feed: Feed;
  readonly #replies: Replies;
  readonly #cell: Cell<MessagesState>;
  readonly get: Store<MessagesState>['get'];
  readonly subscribe: Store<MessagesState>['subscribe'];
  /** As the server has them. */
  #messages: readonly Message[] = [];
  #before: string | null = null;
  #draft: Draft | undefined;
  #watched = new Map<string, { reply: GrowingReply; end: () => void }>();
  #loading: Promise<MessagesState> | undefined;
  #meanwhile: Change[] = [];

  constructor(id: string, http: Http, feed: Feed, replies: Replies) {
    this.#id = id;
    this.#http = http;
    this.#replies = replies;
    this.#feed = feed;
    this.#cell = new Cell(EMPTY, () => {
      const { ready, end } = feed.use();
      if (this.get().status !== 'ready') this.#begin(ready);
      return end;
    });
    this.get = this.#cell.get;
    this.subscribe = this.#cell.subscribe;
    feed.add(this);
  }

  load = (): Promise<MessagesState> => (this.#loading ??= this.#load());

  loadEarlier = async (): Promise<void> => {
    if (!this.#before || !this.get().hasEarlier) return;
    const before = this.#before;
    const { session } = await this.#http.run(operations.Session, { id: this.#id, last: PAGE, before }, { retry: true });
    if (!session || before !== this.#before) return;
    this.#messages = [...session.messages.nodes, ...this.#messages];
    this.#turn(session.messages.pageInfo);
    this.#show();
  };

  reload(): void {
    if (this.get().status !== 'idle') this.load().catch(() => undefined);
  }

  /** Show that there is no such session, or none yet. */
  clear(): void {
    this.#messages = [];
    this.#cell.set({ ...EMPTY, status: 'ready' });
    if (this.#draft) this.#show();
  }

  /** Forget everything, and load it again if the next user is signed in. */
  reset(signedIn: boolean): void {
    this.#messages = [];
    this.#draft = this.#loading = undefined;
    for (const { end } of this.#watched.values()) end();
    this.#watched.clear();
    this.#cell.set(EMPTY);
    if (signedIn && this.#cell.isUsed) this.#begin(this.#feed.ready());
  }

  /** Show messages that are being sent. Returns a function that ends this, with the server's answer if it came. */
  draft(draft: Draft): (started?: Started) => void {
    this.#draft = draft;
    this.#show();
    return (started) => {
      if (this.#draft === draft) this.#draft = undefined;
      if (started) this.#take(started);
      else this.reload();
      this.#show();
    };
  }

  /** Replace a message that is shown. */
  replace(message: Message): void {
    this.#messages = this.#messages.map((shown) => (shown.id === message.id ? message : shown));
    this.#show();
  }

  /** Show the branch and the session of an answer. */
  put(session: Session, nodes: readonly Message[], pageInfo: { hasPreviousPage: boolean; startCursor: string | null }): void {
    if (this.get().status === 'idle') return;
    this.#messages = nodes;
    this.#turn(pageInfo);
    this.#cell.update({ status: 'ready', session, error: null });
    this.#show();
  }

  apply(change: Change): void {
    if (this.#loading) this.#meanwhile.push(change);
    if (this.get().status !== 'ready') return;
    switch (change.__typename) {
      case 'MessageAdded': case 'ReplySettled':
        if (change.message.sessionId === this.#id) this.#place(change.message);
        break;
      case 'MessagesDeleted': this.#cut(change.ids); break;
      case 'SessionChanged': if (change.session.id === this.#id) this.#head(change.session); break;
      case 'SessionsDeleted': if (change.ids.includes(this.#id)) this.clear(); break;
      default: return;
    }
    this.#show();
  }

  #begin(ready: Promise<unknown>): void {
    ready.then(() => this.load()).catch((thrown) => this.#fail(thrown));
  }

  async #load(): Promise<MessagesState> {
    if (this.get().status !== 'ready') this.#cell.update({ status: 'loading' });
    this.#meanwhile = [];
    try {
      const last = Math.min(Math.max(PAGE, this.#messages.length), MOST);
      const { session } = await this.#http.run(operations.Session, { id: this.#id, last }, { retry: true });
      this.#loading = undefined;
      if (session) this.put(session, session.messages.nodes, session.messages.pageInfo);
      else this.clear();
      for (const change of this.#meanwhile) this.apply(change);
      return this.get();
    } catch (thrown) {
      this.#fail(thrown);
      throw asError(thrown);
    } finally {
      this.#loading = undefined;
    }
  }

  /** Take the messages of an answer, which may be older than what changes have brought. */
  #take({ session, userMessage, reply }: Started): void {
    if (this.get().status !== 'ready') return;
    this.#cell.update({ session });
    const settled = this.#messages.some(({ id, status }) => id === reply.id && status !== 'STREAMING');
    this.#place(userMessage);
    // A reply that was settled before and is STREAMING again is one that was continued: its text goes on.
    if (!settled || this.#replies.find(reply.id)) this.#place(reply);
  }

  /** Put a message where it belongs. A new one opens its branch, which is selected: what followed its parent is no longer shown. */
  #place(message: Message): void {
    const known = this.#messages.findIndex(({ id }) => id === message.id);
    if (known >= 0) {
      this.#messages = this.#messages.with(known, message);
      return;
    }
    const parent = this.#messages.findIndex(({ id }) => id === message.parentId);
    if (parent < 0 && message.parentId !== null) return; // Another branch's, or the page's before: the head decides.
    this.#messages = [...this.#messages.slice(0, parent + 1), message];
  }

  #cut(ids: readonly string[]): void {
    const first = this.#messages.findIndex(({ id }) => ids.includes(id));
    const left = first < 0 ? this.#messages : this.#messages.slice(0, first);
    this.#messages = left.map((message) => {
      const isDeleted = (id: string) => ids.includes(id);
      return message.siblingIds.some(isDeleted) ? { ...message, siblingIds: message.siblingIds.filter((id) => !isDeleted(id)) } : message;
    });
  }

  /** Take a changed session. If its branch ends elsewhere than the one that is shown, another one was selected. */
  #head({ messages: { nodes: [head] }, ...session }: Extract<Change, { __typename: 'SessionChanged' }>['session']): void {
    this.#cell.update({ session });
    if (!session.messageCount) this.#messages = [];
    else if (head && head.id !== this.#messages.at(-1)?.id && !this.#draft) setTimeout(() => this.#compare(head.id), 50);
  }

  #compare(head: string): void {
    if (this.get().status === 'ready' && !this.#draft && this.#messages.at(-1)?.id !== head) this.reload();
  }

  #turn({ hasPreviousPage, startCursor }: { hasPreviousPage: boolean; startCursor: string | null }): void {
    this.#before = startCursor;
    this.#cell.update({ hasEarlier: hasPreviousPage });
  }

  #show(): void {
    const shown = this.#draft ? [...upTo(this.#messages, this.#draft.parentId), ...this.#draft.messages] : this.#messages;
    this.#watch(shown);
    this.#cell.update({ messages: shown.map((message) => this.#grown(message)) });
  }

  /** Follow each reply that is shown and being written. */
  #watch(shown: readonly Message[]): void {
    for (const message of shown) {
      if (message.status !== 'STREAMING' || message.id.startsWith(DRAFT_PREFIX)) continue;
      const reply = this.#replies.resume(message);
      if (this.#watched.get(message.id)?.reply === reply) continue;
      this.#watched.get(message.id)?.end();
      const end = reply.subscribe(() => this.#grow(message.id, reply));
      this.#watched.set(message.id, { reply, end });
    }
  }

  #grow(id: string, reply: GrowingReply): void {
    const { status, message } = reply.get();
    if (message && status !== 'STREAMING') {
      this.#watched.get(id)?.end();
      this.#watched.delete(id);
      this.replace(message);
    } else {
      this.#cell.update({ messages: this.get().messages.map((shown) => (shown.id === id ? this.#grown(shown) : shown)) });
    }
  }

  /** Return the message with the text that has arrived. */
  #grown(message: Message): Message {
    const state = message.status === 'STREAMING' ? this.#watched.get(message.id)?.reply.get() : undefined;
    if (!state || state.status !== 'STREAMING') return message;
    const reasoning = state.reasoning || null;
    return state.text === message.text && reasoning === message.reasoning ? message : { ...message, text: state.text, reasoning };
  }

  #fail(thrown: unknown): void {
    this.#cell.update({ status: this.get().status === 'ready' ? 'ready' : 'failed', error: asError(thrown) });
  }
}

/** The branches of the sessions that the app has asked for. */
export class Branches {
  readonly #make: (sessionId: string) => Branch;
  readonly #branches = new Map<string, Branch>();

  constructor(make: (sessionId: string) => Branch) {
    this.#make = make;
  }

  open = (sessionId: string): Branch => {
    const branch = this.#branches.get(sessionId) ?? this.#make(sessionId);
    this.#branches.set(sessionId, branch);
    return branch;
  };

  find(sessionId: string | null | undefined): Branch | undefined {
    return this.#branches.get(sessionId ?? '');
  }

  /** Find a message that is shown, and where. */
  locate(messageId: string): { branch?: Branch; message?: Message } {
    for (const branch of this.#branches.values()) {
      const message = branch.get().messages.find(({ id }) => id === messageId);
      if (message) return { branch, message };
    }
    return {};
  }

  reset(signedIn: boolean): void {
    for (const branch of this.#branches.values()) branch.reset(signedIn);
  }
}

/** Return the messages up to the one with this id: none for null, all if it is not there. */
function upTo(messages: readonly Message[], id: string | null | undefined): readonly Message[] {
  const index = messages.findIndex((message) => message.id === id);
  return id === null ? [] : index < 0 ? messages : messages.slice(0, index + 1);
}
