import { asError, GqlChatError } from './errors.js';
import * as operations from './generated/operations.js';
import type { Http } from './http.js';
import type { Live } from './live.js';
import { Cell, type Store } from './store.js';

/** A message, as `MessageFields` selects it. */
export type Message = operations.MessageFieldsFragment;
/** A session, as `SessionFields` selects it. */
export type Session = operations.SessionFieldsFragment;

/** A reply at one moment. */
export interface ReplyState {
  /** SENDING until the server has answered; then the reply's status. */
  status: 'SENDING' | operations.MessageStatus;
  /** The text so far. It only grows. */
  text: string;
  /** The reasoning so far. */
  reasoning: string;
  /** The reply's message: as it was begun while it is STREAMING, then as it was settled. Null while SENDING. */
  message: Message | null;
  /** Why the request failed or the reply cannot be followed. A provider's failure is `message.error` instead. */
  error: GqlChatError | null;
}

/** The server's answer to a message. */
export interface Started {
  session: Session;
  userMessage: Message;
  reply: Message;
}

/** A reply that grows. Iterate it for the whole text so far at each step, or take it as a store. */
export interface Reply extends Store<ReplyState>, AsyncIterable<string> {
  /** Settles with the server's answer. */
  readonly started: Promise<Started>;
  /** Settles with the final message, whatever its status. */
  readonly finished: Promise<Message>;
  /** Stop the reply, even before its first token. Returns the settled message. */
  stop(): Promise<Message>;
}

/** A reply that is followed until its end. */
export class GrowingReply extends Cell<ReplyState> implements Reply {
  readonly finished: Promise<Message>;
  readonly #http: Http;
  #started: Promise<Started> | undefined;

  /** Follow the reply of an answer that is to come, or of a message that is known. */
  constructor(http: Http, live: Live, source: Promise<Started> | Message) {
    const known = 'id' in source ? source : undefined;
    super(known ? stateOf(known) : { status: 'SENDING', text: '', reasoning: '', message: null, error: null });
    this.#http = http;
    this.#started = 'id' in source ? undefined : source;
    const begun = 'id' in source ? Promise.resolve(source) : source.then(({ reply }) => reply);
    this.finished = begun.then((message) => this.#follow(live, message));
    // An app that does not ask for the promise is not bothered with its failure: the state has the error.
    this.finished.catch((thrown) => this.update({ error: asError(thrown) }));
  }

  get started(): Promise<Started> {
    this.#started ??= this.#load(this.get().message!);
    return this.#started;
  }

  async stop(): Promise<Message> {
    const { id } = this.get().message ?? (await this.started).reply;
    await this.#http.run(operations.StopReply, { messageId: id }, { retry: true });
    return this.finished;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    let shown = '';
    for (;;) {
      const { text, status, error } = this.get();
      if (text !== shown) yield (shown = text);
      else if (error) throw error;
      else if (status !== 'SENDING' && status !== 'STREAMING') return;
      else await this.#change();
    }
  }

  /** Load what the answer to the request was. */
  async #load(reply: Message): Promise<Started> {
    const { session } = await this.#http.run(operations.Session, { id: reply.sessionId, last: 200 }, { retry: true });
    const userMessage = session?.messages.nodes.find(({ id }) => id === reply.parentId);
    if (!session || !userMessage) throw new GqlChatError('NOT_FOUND', 'The message of the reply is not on the selected branch.');
    return { session, userMessage, reply };
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const end = this.subscribe(() => {
        end();
        resolve();
      });
    });
  }

  #follow(live: Live, message: Message): Promise<Message> {
    this.set(stateOf(message));
    if (message.status !== 'STREAMING') return Promise.resolve(message);
    const position = () => {
      const { text, reasoning } = this.get();
      return { messageId: message.id, offset: text.length, reasoningOffset: reasoning.length };
    };
    return new Promise((resolve, reject) => {
      live.follow(operations.WatchReply, position, ({ reply: event }) => {
        if (event.__typename === 'ReplyFinished') {
          this.set(stateOf(event.message));
          resolve(event.message);
          return true;
        }
        const kind = event.kind === 'TEXT' ? 'text' : 'reasoning';
        this.update({ [kind]: this.get()[kind].slice(0, event.offset) + event.text });
        return false;
      }, reject);
    });
  }
}

const stateOf = (message: Message): ReplyState => ({
  status: message.status, text: message.text, reasoning: message.reasoning ?? '', message, error: null,
});

/** All replies that are followed, each once. */
export class Replies {
  readonly #http: Http;
  readonly #live: Live;
  readonly #replies = new Map<string, GrowingReply>();

  constructor(http: Http, live: Live) {
    this.#http = http;
    this.#live = live;
  }

  /** Follow the reply that a request will begin, and that has the id of its draft until then. */
  begin(started: Promise<Started>, draftId?: string): GrowingReply {
    const reply = new GrowingReply(this.#http, this.#live, started);
    if (draftId) this.#keep(draftId, reply);
    started.then(({ reply: { id } }) => this.#keep(id, reply), () => undefined);
    return reply;
  }

  /** Follow a reply that has begun, from the text of the message on. */
  resume(message: Message): GrowingReply {
    const known = this.#replies.get(message.id);
    if (known) return known;
    return this.#keep(message.id, new GrowingReply(this.#http, this.#live, message));
  }

  find(messageId: string): GrowingReply | undefined {
    return this.#replies.get(messageId);
  }

  #keep(id: string, reply: GrowingReply): GrowingReply {
    this.#replies.set(id, reply);
    const forget = () => {
      if (this.#replies.get(id) === reply) this.#replies.delete(id);
    };
    reply.finished.then(forget, forget);
    return reply;
  }
}
