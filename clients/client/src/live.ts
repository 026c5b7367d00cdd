import { createClient as createEvents, type Client as Events } from 'graphql-sse';
import { createClient as createSocket, type Client as Socket } from 'graphql-ws';
import { asError, errorOf, GqlChatError, isTransient } from './errors.js';
import type { TokenSource, TypedDocument } from './http.js';
import { background, Cell } from './store.js';
import { backoff } from './waiting.js';

/** The state of the connection for live data: `waiting` after a failure, before the next attempt. */
export type Connection = 'idle' | 'connecting' | 'live' | 'waiting';

/** How long a connection may take to be acknowledged, and how long a ping may go unanswered. */
const PATIENCE_MILLISECONDS = 10_000;
const TOKEN_EXPIRED = 4403;
const UNAUTHENTICATED = 4401;
/** After so many WebSockets in a row that never opened, event streams are tried. */
const BLOCKED_AFTER = 2;

interface Request {
  query: string;
  variables: Record<string, unknown>;
}
interface Sink {
  next(result: { data?: unknown; errors?: unknown }): void;
  error(thrown: unknown): void;
  complete(): void;
}

/** Follows subscriptions over one WebSocket, or over event streams where WebSockets do not get through, and over any number of failures. */
export class Live {
  readonly connection = new Cell<Connection>('idle');
  readonly #socket: Socket | undefined;
  readonly #events: Events;
  readonly #tokens: TokenSource;
  #usesEvents: boolean;
  #blocked = 0;
  readonly #open = new Map<() => void, (error: GqlChatError) => void>();
  #isClosed = false;
  #socketToken: string | undefined;

  constructor(url: string, tokens: TokenSource, fetchImpl: typeof fetch, webSocketImpl: unknown) {
    this.#tokens = tokens;
    this.#usesEvents = !webSocketImpl;
    this.#socket = webSocketImpl ? this.#openSocket(url, webSocketImpl) : undefined;
    this.#events = createEvents({
      url, fetchFn: fetchImpl, retryAttempts: 0,
      headers: async () => authorization(await tokens.token()),
      on: { connecting: () => this.connection.set('connecting'), connected: () => this.connection.set('live') },
    });
  }

  /**
   * Follow a subscription until `next` returns true or the returned function is called. `variables` is asked again before each attempt.
   * `failed` is called at most once, for an error that no repetition can mend.
   */
  follow<Result, Variables>(
    document: TypedDocument<Result, Variables>, variables: () => Variables,
    next: (data: Result) => boolean | void, failed: (error: GqlChatError) => void,
  ): () => void {
    let ended = false;
    let cancel = () => {};
    const end = () => {
      ended = true;
      this.#open.delete(end);
      cancel();
    };
    if (this.#isClosed) return end;
    this.#open.set(end, failed);
    const once = () => new Promise<void>((resolve, reject) => {
      const request = { query: document.toString(), variables: variables() as Record<string, unknown> };
      const fail = (thrown: unknown) => {
        reject(thrown);
        cancel();
      };
      cancel = this.#subscribe(request, {
        next: ({ data, errors }) => {
          attempt = 0;
          if (errors) fail(errorOf(errors as []));
          else if (!ended && next(data as Result)) end();
        },
        error: fail, complete: resolve,
      });
    });
    let attempt = 0;
    const run = async () => {
      while (!ended) {
        let token: string | undefined;
        try {
          token = await this.#tokens.token(); // refreshed, if it has to be, before the connection needs it
          if (!ended) await once();
        } catch (thrown) {
          const error = await this.#judge(thrown, this.#usesEvents ? token : this.#socketToken);
          if (error && !ended) {
            end();
            failed(error);
          }
        }
        if (!ended) await backoff(attempt++);
      }
    };
    void run();
    return end;
  }

  /** End whatever is followed, and the connections. */
  close(): void {
    this.#isClosed = true;
    for (const [end, failed] of [...this.#open]) {
      end();
      failed(new GqlChatError('ABORTED', 'The client was closed.'));
    }
    void this.#socket?.dispose();
    this.#events.dispose();
    this.connection.set('idle');
  }

  #subscribe(request: Request, sink: Sink): () => void {
    if (this.#socket && !this.#usesEvents) return this.#socket.subscribe(request, sink as never);
    return this.#events.subscribe(request, {
      ...(sink as object),
      error: (thrown: unknown) => {
        this.connection.set('waiting');
        // Let WebSockets try again, if there are any: no answer came by either way.
        if (this.#socket && asError(thrown).code === 'NETWORK') [this.#usesEvents, this.#blocked] = [false, 0];
        sink.error(thrown);
      },
    } as never);
  }

  /** Return the error if it is final; otherwise do what helps before the next attempt. */
  async #judge(thrown: unknown, token: string | undefined): Promise<GqlChatError | undefined> {
    try {
      const code = (thrown as { code?: unknown } | undefined)?.code;
      if (code === TOKEN_EXPIRED || code === 'TOKEN_EXPIRED') await this.#tokens.refuse(token, 'TOKEN_EXPIRED');
      else if (code === UNAUTHENTICATED || code === 'UNAUTHENTICATED') {
        if (!(await this.#tokens.refuse(token, 'UNAUTHENTICATED'))) return new GqlChatError('UNAUTHENTICATED', 'The sign-in has ended.');
      } else {
        const error = asError(thrown);
        if (error.code === 'RATE_LIMITED') await backoff(0, error.retryAfterSeconds);
        else if (!isTransient(error) && error.code !== 'INTERNAL') return error;
      }
    } catch (failure) {
      const error = asError(failure);
      if (!isTransient(error)) return error;
    }
    return undefined;
  }

  #openSocket(url: string, webSocketImpl: unknown): Socket {
    let attempt = 0; // the timers of an earlier connection do nothing
    let acknowledged = false;
    const patience = (number: number, whether: () => boolean) =>
      background(PATIENCE_MILLISECONDS, () => number === attempt && whether() && socket.terminate());
    let pinged = false;
    const socket = createSocket({
      url: url.replace(/^http/, 'ws'), webSocketImpl, retryAttempts: 0, keepAlive: PATIENCE_MILLISECONDS,
      connectionParams: async () => authorization((this.#socketToken = await this.#tokens.token())),
      on: {
        connecting: () => {
          acknowledged = pinged = false;
          this.connection.set('connecting');
          patience(++attempt, () => !acknowledged);
        },
        connected: () => {
          acknowledged = true;
          this.#blocked = 0;
          this.connection.set('live');
        },
        ping: (received) => {
          if (received) return;
          pinged = true;
          patience(attempt, () => pinged);
        },
        pong: (received) => {
          if (received) pinged = false;
        },
        closed: (event) => {
          const { code } = event as { code?: number };
          attempt++;
          const refused = code === TOKEN_EXPIRED || code === UNAUTHENTICATED;
          if (!acknowledged && !refused && ++this.#blocked >= BLOCKED_AFTER) this.#usesEvents = true;
          this.connection.set(code === 1000 ? 'idle' : 'waiting');
        },
      },
    });
    return socket;
  }
}

const authorization = (token: string | undefined): Record<string, string> => (token ? { Authorization: `Bearer ${token}` } : {});
