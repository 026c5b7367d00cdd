import { useSyncExternalStore } from 'react';
import type { Store } from '@gql-chat/client';

/** Return a store's value, and render again when it changes. */
export const useStore = <Value,>(store: Store<Value>): Value => useSyncExternalStore(store.subscribe, store.get);
