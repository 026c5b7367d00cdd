import { GqlChatError, type Message, type Reply } from '@gql-chat/client';
import type { UIMessageChunk } from 'ai';

const FINISH_REASONS = { STOP: 'stop', LENGTH: 'length', CONTENT_FILTER: 'content-filter', TOOL_CALLS: 'tool-calls' } as const;
const KINDS = ['reasoning', 'text'] as const;

/** Stream a reply that has begun, from its first character to its end. Cancelling the stream does not stop the reply. */
export function streamReply(reply: Reply, begun: Message): ReadableStream<UIMessageChunk> {
  let end = () => {};
  return new ReadableStream<UIMessageChunk>({
    start(controller) {
      const sent = { reasoning: 0, text: 0 };
      const send = (chunk: UIMessageChunk) => controller.enqueue(chunk);
      const grow = () => {
        const state = reply.get();
        for (const kind of KINDS) {
          const delta = state[kind].slice(sent[kind]);
          if (!delta) continue;
          if (!sent[kind]) send({ type: `${kind}-start`, id: kind });
          send({ type: `${kind}-delta`, id: kind, delta });
          sent[kind] += delta.length;
        }
        if (!state.error && (state.status === 'SENDING' || state.status === 'STREAMING')) return;
        end();
        for (const kind of KINDS) if (sent[kind]) send({ type: `${kind}-end`, id: kind });
        if (state.message) send({ type: 'message-metadata', messageMetadata: { message: state.message } });
        send(lastChunk(reply));
        controller.close();
      };
      send({ type: 'start', messageId: begun.id, messageMetadata: { message: begun } });
      end = reply.subscribe(grow);
      grow();
    },
    cancel: () => end(),
  });
}

function lastChunk(reply: Reply): UIMessageChunk {
  const { error, message, status } = reply.get();
  const failure = error ?? message?.error;
  if (failure) return { type: 'error', errorText: failure instanceof GqlChatError ? failure.message : (failure.message ?? failure.code) };
  if (status === 'STOPPED') return { type: 'abort' };
  if (status !== 'COMPLETED') return { type: 'error', errorText: 'The server ended before the reply did.' };
  return { type: 'finish', finishReason: message?.finishReason ? FINISH_REASONS[message.finishReason] : 'other' };
}
