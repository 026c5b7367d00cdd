import type { Feed } from './changes.js';
import type { SessionList, Sessions } from './sessions.js';
import type { KeyValueStorage } from './signin.js';
import { background } from './store.js';

const SAVES_WITHIN_MILLISECONDS = 300;

interface Kept {
  userId: string;
  /** The position in the log of changes at which the list is right. */
  cursor: string;
  list: SessionList;
  after: string | null;
}

/** Keeps the list of sessions and its position in the log, so that the next page shows it at once and follows from there. */
export class KeptSessions {
  readonly #name: string;
  readonly #storage: KeyValueStorage;
  readonly #feed: Feed;
  readonly #sessions: Sessions;
  #userId: string | undefined;
  #saving = false;

  constructor(name: string, storage: KeyValueStorage, feed: Feed, sessions: Sessions) {
    this.#name = name;
    this.#storage = storage;
    this.#feed = feed;
    this.#sessions = sessions;
    feed.moved = sessions.loaded = () => this.#saveSoon();
  }

  /** Show what is kept of the user, and forget what is kept of others. */
  begin(userId: string | undefined): void {
    this.#userId = userId;
    const kept: Kept | null = JSON.parse(this.#storage.getItem(this.#name) ?? 'null');
    if (kept?.userId !== userId) this.#storage.removeItem(this.#name);
    else if (kept && this.#feed.resume(kept.cursor)) this.#sessions.restore(kept.list, kept.after);
  }

  #saveSoon(): void {
    if (this.#saving) return;
    this.#saving = true;
    background(SAVES_WITHIN_MILLISECONDS, () => {
      this.#saving = false;
      const { status, value } = this.#sessions.get();
      const [userId, cursor] = [this.#userId, this.#feed.cursor];
      if (!userId || !cursor || status !== 'ready') return;
      const kept: Kept = { userId, cursor, list: value, after: this.#sessions.after };
      this.#storage.setItem(this.#name, JSON.stringify(kept));
    });
  }
}
