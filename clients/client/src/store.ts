/** A value that changes over time. `subscribe` and `get` fit React's `useSyncExternalStore` as they are. */
export interface Store<Value> {
  /** Return the current value: the same object until it changes. */
  get(): Value;
  /** Call the listener after each change. Returns a function that ends this. */
  subscribe(listener: () => void): () => void;
}

/** How long a store outlives its last listener: a page that renders anew takes it up again at no cost. */
const IDLE_MILLISECONDS = 1000;

/** A store that its owner sets. While anybody listens, `whileUsed` runs; the function that it returns ends that. */
export class Cell<Value> implements Store<Value> {
  #value: Value;
  #listeners = new Set<() => void>();
  #whileUsed: (() => () => void) | undefined;
  #end: (() => void) | undefined;

  constructor(value: Value, whileUsed?: () => () => void) {
    this.#value = value;
    this.#whileUsed = whileUsed;
  }

  get = (): Value => this.#value;

  subscribe = (listener: () => void): (() => void) => {
    const entry = () => listener();
    this.#listeners.add(entry);
    if (this.#whileUsed) this.#end ??= this.#whileUsed();
    return () => {
      this.#listeners.delete(entry);
      if (!this.#listeners.size) background(IDLE_MILLISECONDS, () => this.#rest());
    };
  };

  /** Whether anybody listens, or did a moment ago. */
  get isUsed(): boolean {
    return this.#end !== undefined;
  }

  set(value: Value): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  update(part: Partial<Value>): void {
    this.set({ ...this.#value, ...part });
  }

  #rest(): void {
    if (this.#listeners.size) return;
    this.#end?.();
    this.#end = undefined;
  }
}

/** Call the function later, without keeping Node's process alive for it. */
export function background(milliseconds: number, call: () => void): void {
  const timer = setTimeout(call, milliseconds) as unknown as { unref?: () => void };
  timer.unref?.();
}
