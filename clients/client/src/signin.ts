import { asError } from './errors.js';
import * as operations from './generated/operations.js';
import type { Http, TokenSource } from './http.js';
import { Cell, type Store } from './store.js';

/** Where a sign-in is kept: `localStorage`, or anything like it. */
export type KeyValueStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Who is signed in. */
export interface AuthState {
  signedIn: boolean;
  /** Null when signed out, and with a token of the app's own. */
  user: { id: string; username: string; email: string } | null;
  /** Whether the sign-in may use what needs the role ADMIN. The server decides anew for each request. */
  isAdmin: boolean;
  /** Whether the server ended the last sign-in: ask for the password. */
  ended: boolean;
}

type Pair = { accessToken: string; refreshToken: string };
interface SignIn extends Pair {
  user: AuthState['user'];
  /** When to refresh, by this device's clock. */
  refreshAt: number;
  isAdmin: boolean;
}

/** The sign-in of a user, refreshed once for all tabs that share its storage. */
export class SignIns implements TokenSource {
  readonly state: Cell<AuthState>;
  readonly #name: string;
  readonly #storage: KeyValueStorage;
  readonly #http: () => Http;
  #channel: BroadcastChannel | undefined;
  #refreshing: Promise<string | undefined> | undefined;

  constructor(name: string, storage: KeyValueStorage, http: () => Http) {
    this.#name = name;
    this.#storage = storage;
    this.#http = http;
    this.state = new Cell(stateOf(this.#read()));
    this.#channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(name);
    (this.#channel as { unref?: () => void } | undefined)?.unref?.();
    this.#channel?.addEventListener('message', () => this.#show());
    // The message may overtake what was stored, whose own event comes later.
    if (typeof window !== 'undefined') window.addEventListener('storage', this.#stored);
  }

  async token(): Promise<string | undefined> {
    const current = this.#read();
    if (!current || Date.now() < current.refreshAt) return current?.accessToken;
    try {
      return await this.#refresh(current.accessToken);
    } catch (thrown) {
      // The old one may still be valid. If it is not, the server says so.
      if (asError(thrown).code !== 'UNAUTHENTICATED') return current.accessToken;
      throw thrown;
    }
  }

  async refuse(token: string | undefined, code: 'TOKEN_EXPIRED' | 'UNAUTHENTICATED'): Promise<boolean> {
    if (this.#read()?.accessToken !== token) return true;
    if (code === 'TOKEN_EXPIRED' && token) return !!(await this.#refresh(token));
    this.#write(undefined, true);
    return false;
  }

  /** Store the tokens that the server has just sent. */
  keep(pair: Pair, user: AuthState['user'] = this.#read()?.user ?? null): void {
    const claims = claimsOf(pair.accessToken);
    // The lifetime counts, since the clocks of devices are wrong. The last fifth of it, at most a minute, is for refreshing.
    const milliseconds = (claims.exp - claims.iat) * 1000;
    const refreshAt = Date.now() + milliseconds - Math.min(milliseconds / 5, 60_000);
    const { accessToken, refreshToken } = pair;
    this.#write({ accessToken, refreshToken, user, refreshAt, isAdmin: !!claims.scope?.split(' ').includes('ADMIN') });
  }

  /** Forget the sign-in, and return its refresh token. */
  drop(): string | undefined {
    const current = this.#read();
    this.#write(undefined);
    return current?.refreshToken;
  }

  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
    if (typeof window !== 'undefined') window.removeEventListener('storage', this.#stored);
  }

  #refresh(stale: string): Promise<string | undefined> {
    this.#refreshing ??= exclusively(this.#storage, this.#name, async () => {
      const current = this.#read();
      if (!current || current.accessToken !== stale) return current?.accessToken; // Another tab was first.
      try {
        const { refreshToken } = current;
        const { refreshTokens } = await this.#http().anonymous(operations.RefreshTokens, { refreshToken }, { retry: true });
        if (this.#read()?.accessToken === stale) this.keep(refreshTokens!);
      } catch (thrown) {
        const ended = asError(thrown).code === 'UNAUTHENTICATED' && this.#read()?.accessToken === stale;
        if (ended) this.#write(undefined, true);
        throw thrown;
      }
      return this.#read()?.accessToken;
    }).finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  #stored = ({ key }: StorageEvent): void => {
    if (key === this.#name) this.#show();
  };

  #read(): SignIn | undefined {
    return JSON.parse(this.#storage.getItem(this.#name) ?? 'null') ?? undefined;
  }

  #write(signIn: SignIn | undefined, ended = false): void {
    if (signIn) this.#storage.setItem(this.#name, JSON.stringify(signIn));
    else this.#storage.removeItem(this.#name);
    this.#show(ended);
    this.#channel?.postMessage(0);
  }

  #show(ended = false): void {
    const before = this.state.get();
    const now = { ...stateOf(this.#read()), ended };
    if (before.user?.id === now.user?.id && before.signedIn === now.signedIn && before.isAdmin === now.isAdmin) return;
    this.state.set(now);
  }
}

/** Tokens that the app supplies: a personal access token, or a function that is asked before each request. */
export class AppTokens implements TokenSource {
  readonly state: Store<AuthState> = new Cell({ signedIn: true, user: null, isAdmin: false, ended: false });
  readonly token: () => Promise<string | undefined>;

  constructor(source: string | (() => string | Promise<string>)) {
    this.token = async () => (typeof source === 'string' ? source : source());
  }

  async refuse(token: string | undefined): Promise<boolean> {
    return (await this.token()) !== token;
  }
}

const stateOf = (signIn: SignIn | undefined): AuthState => ({
  signedIn: !!signIn, user: signIn?.user ?? null, isAdmin: !!signIn?.isAdmin, ended: false,
});

function claimsOf(jwt: string): { exp: number; iat: number; scope?: string } {
  return JSON.parse(atob(jwt.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')));
}

const queues = new WeakMap<KeyValueStorage, Map<string, Promise<unknown>>>();

/** Run the task while no other tab does: by Web Locks, or where there are none, one by one among the clients that share the storage. */
function exclusively<Result>(storage: KeyValueStorage, name: string, task: () => Promise<Result>): Promise<Result> {
  const shared = typeof localStorage !== 'undefined' && storage === localStorage;
  if (shared && typeof navigator !== 'undefined' && navigator.locks) return navigator.locks.request(name, task) as Promise<Result>;
  const queue = queues.get(storage) ?? new Map<string, Promise<unknown>>();
  queues.set(storage, queue);
  const result = (queue.get(name) ?? Promise.resolve()).then(task);
  queue.set(name, result.catch(() => undefined));
  return result;
}
