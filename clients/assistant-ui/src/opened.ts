import type { GqlChat, Store } from '@gql-chat/client';
import { useEffect, useState, useSyncExternalStore } from 'react';

/** Return the value of a store, and render again when it changes. */
export const useStore = <Value>(store: Store<Value>): Value => useSyncExternalStore(store.subscribe, store.get, store.get);

/** The options of the runtime that are about sessions. */
interface Options {
  sessionId?: string | undefined;
  onSessionChange?: ((sessionId: string | undefined) => void) | undefined;
}

interface Opened {
  id: string;
  /** Whether the server does not have the session yet. */
  isNew: boolean;
}

/** Hold the session that is shown. One that is deleted, by any device, makes room for a new one. */
export function useOpened(chat: GqlChat, { sessionId, onSessionChange }: Options): [Opened, (id: string | undefined) => void] {
  const opening = (id: string | undefined): Opened => ({ id: id ?? chat.sessions.begin(), isNew: !id });
  const [opened, setOpened] = useState(() => opening(sessionId));
  const shownId = opened.isNew ? undefined : opened.id;
  const [wantedId, setWantedId] = useState(sessionId);
  const open = (id: string | undefined) => {
    if (id !== shownId) setOpened(opening(id));
  };
  if (wantedId !== sessionId) {
    setWantedId(sessionId);
    open(sessionId);
  }
  const { status, session } = useStore(chat.messages(opened.id));
  if (session && opened.isNew) setOpened({ id: opened.id, isNew: false });
  if (status === 'ready' && !session && !opened.isNew) setOpened(opening(undefined));
  useEffect(() => void onSessionChange?.(shownId), [shownId]);
  return [opened, open];
}
