import { MessageNotSentError, useExternalStoreRuntime, type AppendMessage, type AssistantRuntime, type CompleteAttachment, type ThreadMessage } from '@assistant-ui/react';
import { GqlChatError, type GqlChat, type SendInput, type Store } from '@gql-chat/client';
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { toInputs, Uploads } from './attachments.js';
import { canContinue, toRepository } from './messages.js';

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
type SendDefaults = Pick<SendInput, 'keyId' | 'model' | 'parameters' | 'persona' | 'historyMessages'>;

/** Return the runtime of assistant-ui for a client: its threads are the user's sessions, its messages the selected branch of the one that is shown. */
export function useGqlChatRuntime(chat: GqlChat, options: GqlChatRuntimeOptions = {}): AssistantRuntime {
  const { onError = console.error } = options;
  const [opened, open] = useOpened(chat, options);
  const sessions = useStore(chat.sessions);
  const state = useStore(chat.messages(opened.id));
  const uploads = useMemo(() => new Uploads(chat, opened.id), [chat, opened.id]);
  const drafted = useRef(new Map<string, readonly CompleteAttachment[]>()).current;
  const unsent = useRef<{ same: string; idempotencyKey: string }>(undefined);
  const [refusals, setRefusals] = useState(0);
  const messageRepository = useMemo(() => toRepository(state.messages, drafted), [state.messages, drafted, refusals]);
  const threads = useMemo(
    () => sessions.value.sessions.map((session) => ({ id: session.id, status: 'regular' as const, title: session.title || undefined, custom: { session } })),
    [sessions.value.sessions],
  );
  const last = state.messages.at(-1);
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

  /** Send a message, or another version of the one that it comes from. A failure returns it to its composer. */
  const send = async ({ content, attachments: files = [], sourceId }: AppendMessage): Promise<void> => {
    const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('');
    const same = JSON.stringify([opened.id, sourceId, text, files.map(({ id }) => id)]);
    // The same again has the same key: if only the answer got lost, it is not stored twice.
    let idempotencyKey = unsent.current?.same === same ? unsent.current.idempotencyKey : undefined;
    const isSent = await attempt(async () => {
      const attachments = await toInputs(files);
      const { input = {} } = options;
      const { persona, historyMessages, model, ...common } = typeof input === 'function' ? input() : input;
      const message = { ...common, text, attachments, idempotencyKey };
      const sent = sourceId ? chat.edit({ ...message, messageId: sourceId }) : chat.send({ ...message, persona, historyMessages, model, sessionId: opened.id });
      idempotencyKey = sent.idempotencyKey;
      drafted.set(idempotencyKey, files);
      await sent.reply.started;
    });
    if (idempotencyKey) drafted.delete(idempotencyKey);
    unsent.current = isSent || !idempotencyKey ? undefined : { same, idempotencyKey };
    if (!isSent) throw new MessageNotSentError();
  };

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

const useStore = <Value>(store: Store<Value>): Value => useSyncExternalStore(store.subscribe, store.get, store.get);

interface Opened {
  id: string;
  /** Whether the server does not have the session yet. */
  isNew: boolean;
}

/** Hold the session that is shown. One that is deleted, by any device, makes room for a new one. */
function useOpened(chat: GqlChat, { sessionId, onSessionChange }: GqlChatRuntimeOptions): [Opened, (id: string | undefined) => void] {
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
