import type { Message } from '@gql-chat/client';
import type { UIMessage } from 'ai';

/** Turn the messages of a branch into `useChat`'s. A reply without text yet is one without parts. */
export const toUIMessages = (messages: readonly Message[]): UIMessage[] =>
  messages.map(({ id, role, parts, text, reasoning }) => ({
    id,
    role: role === 'USER' ? 'user' : 'assistant',
    parts: [
      ...parts.flatMap(filePart),
      ...(reasoning ? [{ type: 'reasoning' as const, text: reasoning }] : []),
      ...(text ? [{ type: 'text' as const, text }] : []),
    ],
  }));

function filePart(part: Message['parts'][number]): UIMessage['parts'] {
  switch (part.__typename) {
    case 'ImagePart': return part.url ? [{ type: 'file', mediaType: 'image/*', url: part.url, ...(part.image && { filename: part.image.name }) }] : [];
    case 'VideoPart': return part.url ? [{ type: 'file', mediaType: 'video/*', url: part.url }] : [];
    case 'FilePart': return part.file ? [{ type: 'file', mediaType: part.file.mediaType, url: part.file.downloadUrl, filename: part.file.name }] : [];
    default: return [];
  }
}
