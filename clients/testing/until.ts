// Waits for what a store holds.
import type { Store } from '@gql-chat/client';

const PATIENCE_MILLISECONDS = 30_000;

/** Settle once the store's value meets the condition. Fails with the value that it has after half a minute. */
export function until<Value>(store: Store<Value>, condition: (value: Value) => boolean): Promise<Value> {
  return new Promise((resolve, reject) => {
    const check = () => {
      if (!condition(store.get())) return;
      clearTimeout(timer);
      end();
      resolve(store.get());
    };
    const timer = setTimeout(() => {
      end();
      reject(new Error(`It never came: ${JSON.stringify(store.get()).slice(0, 2000)}`));
    }, PATIENCE_MILLISECONDS);
    const end = store.subscribe(check);
    check();
  });
}
