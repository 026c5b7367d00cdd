import type { CompleteAttachment, ExportedMessageRepository, ThreadAssistantMessage, ThreadMessage } from '@assistant-ui/react';
import type { Message } from '@gql-chat/client';
import { toAttachments, toPart } from './attachments.js';

/** Turn a branch into a tree that also has the other version of each message, without their content. */
export function toRepository(messages: readonly Message[], drafted: Drafted): ExportedMessageRepository {
  const items: ExportedMessageRepository['messages'] = [];
  let parentId: string | null = null;
  for (const message of messages) {
    for (const id of message.siblingIds) items.push({ parentId, message: id === message.id ? toThreadMessage(message, drafted) : emptyVersion(message, id) });
    parentId = message.id;
  }
  return { headId: parentId, messages: items };
}

/** The attachments of messages that are being sent, by their idempotency keys. */
export type Drafted = ReadonlyMap<string, readonly CompleteAttachment[]>;

const converted = new WeakMap<Message, ThreadMessage>();

/** Turn a message into assistant-ui's: the same object for the same message. */
function toThreadMessage(message: Message, drafted: Drafted): ThreadMessage {
  const known = converted.get(message) ?? convert(message, drafted);
  converted.set(message, known);
  return known;
}

function convert(message: Message, drafted: Drafted): ThreadMessage {
  const { id, role, text, reasoning, parts } = message;
  const common = { id, createdAt: new Date(message.createdAt) };
  const custom = { message };
  const texts = text ? [{ type: 'text' as const, text }] : [];
  if (role === 'SYSTEM') return { ...common, role: 'system', content: [{ type: 'text', text }], metadata: { custom } };
  if (role === 'USER') {
    const attachments = parts.length ? parts.flatMap(toAttachments) : (drafted.get(message.idempotencyKey ?? '') ?? []);
    return { ...common, role: 'user', content: texts, attachments, metadata: { custom } };
  }
  const thoughts = reasoning ? [{ type: 'reasoning' as const, text: reasoning }] : [];
  return {
    ...common, role: 'assistant', content: [...thoughts, ...texts, ...parts.flatMap(toPart)], status: statusOf(message),
    metadata: { unstable_state: null, unstable_annotations: [], unstable_data: [], steps: [], custom },
  };
}

/** Make another version of a message, of which only the id is known. */
function emptyVersion(message: Message, id: string): ThreadMessage {
  return convert({ ...message, id, text: '', reasoning: null, parts: [], idempotencyKey: null }, new Map());
}

const FINISHED: Record<NonNullable<Message['finishReason']>, ThreadAssistantMessage['status']> = {
  STOP: { type: 'complete', reason: 'stop' },
  TOOL_CALLS: { type: 'complete', reason: 'unknown' },
  LENGTH: { type: 'incomplete', reason: 'length' },
  CONTENT_FILTER: { type: 'incomplete', reason: 'content-filter' },
};

function statusOf({ status, finishReason, error }: Message): ThreadAssistantMessage['status'] {
  switch (status) {
    case 'STREAMING': return { type: 'running' };
    case 'STOPPED': return { type: 'incomplete', reason: 'cancelled' };
    case 'FAILED': return { type: 'incomplete', reason: 'error', error: error?.message ?? error?.code ?? status };
    case 'INTERRUPTED': return { type: 'incomplete', reason: 'error', error: 'The server ended before the reply did.' };
    case 'COMPLETED': return finishReason ? FINISHED[finishReason] : { type: 'complete', reason: 'unknown' };
  }
}

/** Whether `continue` would go on with this message. */
export const canContinue = (message: Message | undefined): boolean =>
  message?.role === 'ASSISTANT' && (message.status === 'STOPPED' || message.status === 'INTERRUPTED' || message.finishReason === 'LENGTH');
