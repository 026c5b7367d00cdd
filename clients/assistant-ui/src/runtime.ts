import { useExternalStoreRuntime, type AssistantRuntime, type ThreadMessage } from '@assistant-ui/react';
import type { GqlChat, GqlChatError } from '@gql-chat/client';
import { useEffect, useMemo, useState } from 'react';
import { Uploads } from './attachments.js';
import { canContinue, toRepository } from './messages.js';
import { useOpened, useStore } from './opened.js';
import { useSending, type SendDefaults } from './sending.js';

export interface GqlChatRuntimeOptions {
  /** The session to show, for example from the page's address. Another value shows another session; without it, a new one begins. */
  sessionId?: string | undefined;
  /** Called when another session is shown, for example to put its id into the page's address. Undefined while a new one has no messages. */
  onSessionChange?: ((sessionId: string | undefined) => void) | undefined;
  /** What every message asks for, such as `{ persona: 'Teacher' }`; a function is called for each. */
  input?: SendDefaults | (() => SendDefaults) | undefined;
  /** Called when the server refused something or cannot be reached. By default, errors are written to the console. */
  onError?: ((error: GqlChatError) => void) | undefined;
}

/** Return the runtime of assistant-ui for a client: its threads are the user's sessions, its messages the selected branch of the one that is shown. */
export function useGqlChatRuntime(chat: GqlChat, options: GqlChatRuntimeOptions = {}): AssistantRuntime {
  const { onError = console.error } = options;
  const [opened, open] = useOpened(chat, options);
  const sessions = useStore(chat.sessions);
  const state = useStore(chat.messages(opened.id));
  const failure = state.error ?? sessions.error;
  useEffect(() => {
    if (failure) onError(failure);
  }, [failure]);

  /** Report a failure. Returns whether there was none. */
  const attempt = async (action: () => Promise<unknown>): Promise<boolean> => {
    try {
      await action();
      return true;
    } catch (thrown) {
      onError(thrown as GqlChatError);
      return false;
    }
  };

  const { send, drafted } = useSending(chat, opened.id, options.input, attempt);
  const uploads = useMemo(() => new Uploads(chat, opened.id), [chat, opened.id]);
  const [refusals, setRefusals] = useState(0);
  const messageRepository = useMemo(() => toRepository(state.messages, drafted), [state.messages, drafted, refusals]);
  const last = state.messages.at(-1);
  const threads = useMemo(
    () => sessions.value.sessions.map((session) => ({ id: session.id, status: 'regular' as const, title: session.title || undefined, custom: { session } })),
    [sessions.value.sessions],
  );

  return useExternalStoreRuntime<ThreadMessage>({
    messageRepository,
    isRunning: last?.status === 'STREAMING',
    isLoading: state.status === 'idle' || state.status === 'loading',
    isDisabled: state.session?.status === 'ENDED',
    hasEarlier: state.hasEarlier,
    onLoadEarlier: () => chat.messages(opened.id).loadEarlier(),
    onRefetchThread: async () => void (await chat.messages(opened.id).load()),
    onNew: send,
    onEdit: send,
    onReload: async (parentId, { sourceId }) => {
      const id = sourceId ?? state.messages.find((message) => message.parentId === parentId)?.id ?? '';
      await attempt(() => chat.regenerate(id).started);
    },
    canResume: canContinue(last),
    onResume: async () => void (await attempt(() => chat.continue(last!.id).started)),
    onCancel: async () => void (await attempt(() => chat.stop(last!.id))),
    onDelete: async (id) => void (await attempt(() => chat.deleteMessage(id))),
    // Branches can be switched if this is there. The server decides what they hold.
    setMessages: () => {},
    unstable_onBranchChange: async ({ headId }) => {
      if (headId && !(await attempt(() => chat.selectBranch(headId)))) setRefusals((count) => count + 1);
    },
    adapters: {
      attachments: uploads,
      threadList: {
        threadId: opened.id,
        threads,
        isLoading: sessions.status === 'idle' || sessions.status === 'loading',
        onSwitchToNewThread: () => open(undefined),
        onSwitchToThread: open,
        onRename: async (id, title) => void (await attempt(() => chat.sessions.rename(id, title))),
        onDelete: async (id) => void (await attempt(() => chat.sessions.delete([id]))),
      },
    },
  });
}
