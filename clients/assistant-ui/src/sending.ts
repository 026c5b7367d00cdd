import { MessageNotSentError, type AppendMessage, type CompleteAttachment } from '@assistant-ui/react';
import type { GqlChat, SendInput } from '@gql-chat/client';
import { useRef } from 'react';
import { toInputs } from './attachments.js';
import type { Drafted } from './messages.js';

/** What an app can ask for with every message. */
export type SendDefaults = Pick<SendInput, 'keyId' | 'model' | 'parameters' | 'persona' | 'historyMessages'>;

interface Sending {
  /** Send a message, or another version of the one that it comes from. A failure returns it to its composer. */
  send(message: AppendMessage): Promise<void>;
  drafted: Drafted;
}

/** Send messages to a session. `attempt` reports failures. */
export function useSending(
  chat: GqlChat, sessionId: string, input: SendDefaults | (() => SendDefaults) = {}, attempt: (action: () => Promise<unknown>) => Promise<boolean>,
): Sending {
  const drafted = useRef(new Map<string, readonly CompleteAttachment[]>()).current;
  const unsent = useRef<{ same: string; idempotencyKey: string }>(undefined);

  const send = async (appended: AppendMessage): Promise<void> => {
    const { attachments: files = [], sourceId } = appended;
    const text = textOf(appended);
    const same = JSON.stringify([sessionId, sourceId, text, files.map(({ id }) => id)]);
    // The same again has the same key: if only the answer got lost, it is not stored twice.
    let idempotencyKey = unsent.current?.same === same ? unsent.current.idempotencyKey : undefined;
    const isSent = await attempt(async () => {
      const attachments = await toInputs(files);
      const { persona, historyMessages, model, ...common } = typeof input === 'function' ? input() : input;
      const message = { ...common, text, attachments, idempotencyKey };
      const sent = sourceId ? chat.edit({ ...message, messageId: sourceId }) : chat.send({ ...message, persona, historyMessages, model, sessionId });
      idempotencyKey = sent.idempotencyKey;
      drafted.set(idempotencyKey, files);
      await sent.reply.started;
    });
    if (idempotencyKey) drafted.delete(idempotencyKey);
    unsent.current = isSent || !idempotencyKey ? undefined : { same, idempotencyKey };
    if (!isSent) throw new MessageNotSentError();
  };
  return { send, drafted };
}

/** Return a message's text, below what it quotes. */
function textOf({ content, metadata }: AppendMessage): string {
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const quote = metadata?.custom['quote'] as { text: string } | undefined;
  return quote ? `> ${quote.text.replaceAll('\n', '\n> ')}\n\n${text}` : text;
}
