import type { Message } from '@gql-chat/client';
import type { UIMessage } from 'ai';

/** A message of `useChat`, with the server's in its metadata: its `siblingIds`, `model`, `usage` and `status`. A message that is being sent has none. */
export type GqlChatUIMessage = UIMessage<{ message: Message }>;

const converted = new WeakMap<Message, GqlChatUIMessage>();

/** Turn the messages of a branch into `useChat`'s: the same object for the same message. A reply without text yet is one without parts. */
export const toUIMessages = (messages: readonly Message[]): GqlChatUIMessage[] => messages.map((message) => {
  const known = converted.get(message) ?? convert(message);
  converted.set(message, known);
  return known;
});

const convert = (message: Message): GqlChatUIMessage => ({
  id: message.id,
  role: message.role === 'USER' ? 'user' : 'assistant',
  metadata: { message },
  parts: [
    ...message.parts.flatMap(filePart),
    ...(message.reasoning ? [{ type: 'reasoning' as const, text: message.reasoning }] : []),
    ...(message.text ? [{ type: 'text' as const, text: message.text }] : []),
  ],
});

function filePart(part: Message['parts'][number]): GqlChatUIMessage['parts'] {
  switch (part.__typename) {
    case 'ImagePart': return part.url ? [{ type: 'file', mediaType: 'image/*', url: part.url, ...(part.image && { filename: part.image.name }) }] : [];
    case 'VideoPart': return part.url ? [{ type: 'file', mediaType: 'video/*', url: part.url }] : [];
    case 'FilePart': return part.file ? [{ type: 'file', mediaType: part.file.mediaType, url: part.file.downloadUrl, filename: part.file.name }] : [];
    default: return [];
  }
}
