// useChat in step with the server: the messages of other tabs and devices, and branches.
import { Chat, useChat, type UseChatHelpers } from '@ai-sdk/react';
import type { GqlChat, GqlChatError, Message } from '@gql-chat/client';
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { GqlChatTransport, type GqlChatTransportOptions } from './transport.js';
import { toUIMessages, type GqlChatUIMessage } from './ui-messages.js';

export interface UseGqlChatOptions {
  /** The session to show, for example from the page's address. Another value shows another session; without it, a new one begins. */
  sessionId?: string | undefined;
  /** Called with the session's id once the server has it, and with undefined while it has none. Pass the id as `sessionId` from then on. */
  onSessionChange?: ((sessionId: string | undefined) => void) | undefined;
  /** What every message asks for, such as `{ persona: 'Teacher' }`; a function is called for each. */
  input?: GqlChatTransportOptions['input'] | undefined;
}

export interface UseGqlChatHelpers extends UseChatHelpers<GqlChatUIMessage> {
  /** Whether the messages are being loaded. */
  isLoading: boolean;
  /** Why the messages cannot be loaded. What fails in `useChat` is `error`. */
  loadError: GqlChatError | null;
}

/** Return `useChat` for a session, kept in step with what other tabs and devices do. The branch that `client.selectBranch` selects is shown. */
export function useGqlChat(client: GqlChat, { sessionId, onSessionChange, input }: UseGqlChatOptions = {}): UseGqlChatHelpers {
  const id = useMemo(() => sessionId ?? client.sessions.begin(), [client, sessionId]);
  const latestInput = useRef(input);
  latestInput.current = input;
  const chat = useMemo(() => {
    const asked = () => (typeof latestInput.current === 'function' ? latestInput.current() : (latestInput.current ?? {}));
    return new Chat<GqlChatUIMessage>({ id, transport: new GqlChatTransport(client, { input: asked }) });
  }, [client, id]);
  const helpers = useChat<GqlChatUIMessage>({ chat });
  const branch = client.messages(id);
  const state = useSyncExternalStore(branch.subscribe, branch.get, branch.get);
  const isReady = state.status === 'ready';
  useInStep(chat, helpers.status, isReady ? state.messages : undefined);
  const shownId = state.session?.id;
  useEffect(() => {
    if (isReady) onSessionChange?.(shownId);
  }, [isReady, shownId]);
  return { ...helpers, isLoading: state.status === 'idle' || state.status === 'loading', loadError: state.error };
}

/** Show the server's messages whenever the chat itself streams none, and follow a reply that another tab or device has asked for. */
function useInStep(chat: Chat<GqlChatUIMessage>, status: string, messages: readonly Message[] | undefined): void {
  const followed = useRef<string>(undefined);
  useEffect(() => {
    const last = messages?.at(-1);
    const growingId = last?.status === 'STREAMING' && last.id.startsWith('msg_') ? last.id : undefined;
    const isStreamed = chat.status === 'submitted' || chat.status === 'streaming';
    const isNew = growingId !== undefined && growingId !== followed.current;
    followed.current = growingId;
    if (isStreamed || !messages) return;
    chat.messages = shownIn(chat, messages);
    if (isNew) void chat.resumeStream();
  }, [chat, status, messages]);
}

/** Return the server's messages, and after them one that was refused, so that `regenerate` sends it again. A refused edit stays as it is. */
function shownIn(chat: Chat<GqlChatUIMessage>, messages: readonly Message[]): GqlChatUIMessage[] {
  const refused = chat.status === 'error' ? chat.messages.at(-1) : undefined;
  if (refused?.role !== 'user' || messages.some(({ idempotencyKey }) => idempotencyKey === refused.id)) return toUIMessages(messages);
  return refused.id.startsWith('msg_') ? chat.messages : [...toUIMessages(messages), refused];
}
