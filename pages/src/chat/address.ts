import { useSyncExternalStore } from 'react';

const subscribe = (listener: () => void): (() => void) => {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
};

/** Return the id of the session that the page's address names, if any. */
export const useSessionId = (): string | undefined => useSyncExternalStore(subscribe, () => location.hash.slice(1)) || undefined;

/** Show a session, or without one a new chat. */
export function open(sessionId?: string): void {
  location.hash = sessionId ?? '';
}
