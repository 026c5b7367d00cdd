import { asError, type GqlChatError } from './errors.js';
import type { Change, Feed, Follower } from './changes.js';
import { Cell, type Store } from './store.js';

/** What a store of loaded things holds. */
export interface Loaded<Value> {
  /** `idle` before anybody asked. `ready` stays while the value is loaded anew. */
  status: 'idle' | 'loading' | 'ready' | 'failed';
  value: Value;
  error: GqlChatError | null;
}

/** A store that loads itself when it is first listened to. */
export interface LoadedStore<Value> extends Store<Loaded<Value>> {
  /** Load again, and return the value. Scripts that only read need nothing else. */
  load(): Promise<Value>;
}

/** A value that is loaded while anybody listens, and kept right by changes. */
export class Resource<Value> implements LoadedStore<Value>, Follower {
  readonly #feed: Feed;
  readonly #empty: Value;
  readonly #fetch: () => Promise<Value>;
  readonly #reduce: (value: Value, change: Change) => Value | 'reload';
  readonly #cell: Cell<Loaded<Value>>;
  readonly get: Store<Loaded<Value>>['get'];
  readonly subscribe: Store<Loaded<Value>>['subscribe'];
  #loading: Promise<Value> | undefined;
  #meanwhile: Change[] = [];
  #generation = 0;

  constructor(feed: Feed, empty: Value, fetch: () => Promise<Value>, reduce: (value: Value, change: Change) => Value | 'reload' = (value) => value) {
    this.#empty = empty;
    this.#fetch = fetch;
    this.#reduce = reduce;
    this.#feed = feed;
    this.#cell = new Cell<Loaded<Value>>({ status: 'idle', value: empty, error: null }, () => {
      const { ready, end } = feed.use();
      if (this.get().status !== 'ready') this.#begin(ready);
      return end;
    });
    this.get = this.#cell.get;
    this.subscribe = this.#cell.subscribe;
    feed.add(this);
  }

  load = (): Promise<Value> => {
    const generation = this.#generation;
    this.#loading ??= (async () => {
      if (this.get().status !== 'ready') this.#cell.update({ status: 'loading' });
      this.#meanwhile = [];
      try {
        const value = await this.#fetch();
        if (generation !== this.#generation) return value;
        this.#cell.set({ status: 'ready', value, error: null });
        this.#loading = undefined;
        for (const change of this.#meanwhile) this.apply(change);
        return value;
      } catch (thrown) {
        if (generation === this.#generation) this.#fail(thrown);
        throw asError(thrown);
      } finally {
        if (generation === this.#generation) this.#loading = undefined;
      }
    })();
    return this.#loading;
  };

  apply(change: Change): void {
    if (this.#loading) this.#meanwhile.push(change);
    if (this.get().status !== 'ready') return;
    const value = this.#reduce(this.get().value, change);
    if (value === 'reload') this.reload();
    else if (value !== this.get().value) this.#cell.update({ value });
  }

  reload(): void {
    if (this.get().status !== 'idle') this.load().catch(() => undefined);
  }

  /** Take a value as if it had been loaded. */
  protected fill(value: Value): void {
    this.#cell.set({ status: 'ready', value, error: null });
  }

  /** Replace the value, as a request's answer has it. */
  put(change: (value: Value) => Value): void {
    if (this.get().status === 'ready') this.#cell.update({ value: change(this.get().value) });
  }

  /** Forget everything, and load the next user's if there is one. */
  reset(signedIn: boolean): void {
    this.#generation++;
    this.#loading = undefined;
    this.#cell.set({ status: 'idle', value: this.#empty, error: null });
    if (signedIn && this.#cell.isUsed) this.#begin(this.#feed.ready());
  }

  #begin(ready: Promise<unknown>): void {
    ready.then(() => this.load()).catch((thrown) => this.#fail(thrown));
  }

  #fail(thrown: unknown): void {
    this.#cell.update({ status: this.get().status === 'ready' ? 'ready' : 'failed', error: asError(thrown) });
  }
}
