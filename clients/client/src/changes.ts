import * as operations from './generated/operations.js';
import type { Http } from './http.js';
import type { Live } from './live.js';
import { backoff } from './waiting.js';

/** An event of the log of changes. */
export type Change = operations.ChangesSubscription['changes'];

/** What keeps itself right by changes. */
export interface Follower {
  /** Apply an event. Events come in order, each once. */
  apply(change: Change): void;
  /** Load everything again: events were missed. */
  reload(): void;
}

/** Follows the log of changes while any store is in use, and goes on where it ended when one is again. */
export class Feed {
  readonly #http: Http;
  readonly #live: Live;
  readonly #followers = new Set<Follower>();
  #users = 0;
  #cursor: string | undefined;
  /** Positions that were refused since the last event. */
  #refusals = 0;
  /** Called after each event. */
  moved: () => void = () => {};
  #following: Promise<() => void> | undefined;

  constructor(http: Http, live: Live) {
    this.#http = http;
    this.#live = live;
  }

  add(follower: Follower): void {
    this.#followers.add(follower);
  }

  /** Follow until the returned function is called. What is loaded after `ready` misses nothing. */
  use(): { ready: Promise<unknown>; end: () => void } {
    this.#users++;
    const ready = this.ready();
    return { ready, end: () => --this.#users || this.#stop() };
  }

  /** The position after the last event that was applied. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** Follow from this position, if there is no other yet. Returns whether that is so. */
  resume(cursor: string): boolean {
    if (this.#cursor !== undefined || this.#following) return false;
    this.#cursor = cursor;
    return true;
  }

  /** Forget the position, for another user. */
  reset(): void {
    this.#stop();
    this.#cursor = undefined;
  }

  /** Start, if that has not been done. What is loaded afterwards misses nothing. */
  ready(): Promise<unknown> {
    if (this.#following) return this.#following;
    const following = (async () => {
      this.#cursor ??= (await this.#http.run(operations.ChangesCursor, {}, { retry: true })).changesCursor;
      return this.#live.follow(operations.Changes, () => ({ after: this.#cursor! }), ({ changes }) => {
        this.#cursor = changes.cursor;
        this.#refusals = 0;
        for (const follower of this.#followers) follower.apply(changes);
        this.moved();
      }, ({ code }) => {
        this.#following = this.#cursor = undefined;
        // Too old, or another user's: begin anew. Anything else would fail again.
        if (code === 'CONFLICT' || code === 'BAD_USER_INPUT') void this.#beginAnew().catch(() => undefined);
      });
    })();
    this.#following = following;
    following.catch(() => {
      if (this.#following === following) this.#following = undefined;
    });
    return following;
  }

  async #beginAnew(): Promise<void> {
    // At once the first time. While an upgrade is under way, one server may refuse every position that another one gives.
    if (this.#refusals++) await backoff(this.#refusals - 2);
    if (!this.#users) return;
    await this.ready();
    for (const follower of this.#followers) follower.reload();
  }

  #stop(): void {
    void this.#following?.then((end) => end(), () => undefined);
    this.#following = undefined;
  }
}
