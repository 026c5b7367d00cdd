import type { MessagesState, Store } from '@gql-chat/client';
import { chat } from '../shared/chat';

const NONE: MessagesState = { status: 'ready', session: null, messages: [], hasEarlier: false, error: null };
const NEW_CHAT: Store<MessagesState> = { get: () => NONE, subscribe: () => () => undefined };

/** Return the messages of a session's selected branch. A new chat has none. */
export const branchOf = (sessionId: string | undefined): Store<MessagesState> => (sessionId ? chat.messages(sessionId) : NEW_CHAT);
