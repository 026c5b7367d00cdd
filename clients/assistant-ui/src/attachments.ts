import type { Attachment, AttachmentAdapter, CompleteAttachment, PendingAttachment, ThreadAssistantMessagePart } from '@assistant-ui/react';
import type { Attachment as Input, GqlChat, Message, StoredFile } from '@gql-chat/client';

type Part = Message['parts'][number];
type Content = CompleteAttachment['content'][number];

const FILE_PREFIX = 'file_';

/** Uploads files as soon as they are added, with progress, and deletes those that are removed before they are sent. */
export class Uploads implements AttachmentAdapter {
  readonly accept = '*';
  readonly #chat: GqlChat;
  readonly #sessionId: string;
  readonly #running = new Map<string, { file: Promise<StoredFile>; cancel: AbortController }>();
  #added = 0;

  constructor(chat: GqlChat, sessionId: string) {
    this.#chat = chat;
    this.#sessionId = sessionId;
  }

  async *add({ file }: { file: File }): AsyncGenerator<PendingAttachment, void> {
    const attachment = { id: `adding:${++this.#added}`, type: kindOf(file.type), name: file.name, contentType: file.type, file };
    const cancel = new AbortController();
    let [progress, isOver, wake] = [0, false, () => {}];
    const onProgress = (share: number) => {
      progress = share;
      wake();
    };
    const uploading = this.#chat.files.upload(this.#sessionId, file, { onProgress, signal: cancel.signal });
    this.#running.set(attachment.id, { file: uploading, cancel });
    const failure = uploading.then(() => undefined, (error: Error) => error).finally(() => {
      isOver = true;
      wake();
    });
    while (!isOver) {
      yield { ...attachment, status: { type: 'running', reason: 'uploading', progress } };
      if (!isOver) await new Promise<void>((resolve) => (wake = resolve));
    }
    const error = await failure;
    yield { ...attachment, status: error ? { type: 'incomplete', reason: 'error', message: error.message } : { type: 'requires-action', reason: 'composer-send' } };
  }

  async remove({ id }: Attachment): Promise<void> {
    const upload = this.#running.get(id);
    this.#running.delete(id);
    upload?.cancel.abort();
    const file = await upload?.file.catch(() => undefined);
    if (file) await this.#chat.files.delete([file.id]);
  }

  async send(attachment: PendingAttachment): Promise<CompleteAttachment> {
    const file = await this.#running.get(attachment.id)!.file;
    const content = [contentOf(file.mediaType, file.downloadUrl, file.name)];
    return { ...attachment, id: file.id, status: { type: 'complete' }, content };
  }
}

/** Turn attachments of a composer into those of a message: what is not stored yet becomes a Blob. */
export const toInputs = (attachments: readonly CompleteAttachment[]): Promise<Input[]> => Promise.all(attachments.map(toInput));

async function toInput({ id, name, contentType, content: [content] }: CompleteAttachment): Promise<Input> {
  if (id.startsWith(FILE_PREFIX)) return { fileId: id };
  const url = content?.type === 'image' ? content.image : content?.type === 'file' ? content.data : '';
  if (/^https?:/.test(url)) return content?.type === 'image' ? { imageUrl: url } : { videoUrl: url };
  const bytes = content?.type === 'text' ? content.text : await (await fetch(url)).blob();
  return new File([bytes], name, { type: contentType ?? (typeof bytes === 'string' ? 'text/plain' : bytes.type) });
}

/** Turn a part of a user's message into an attachment, if it is one. */
export function toAttachments(part: Part): CompleteAttachment[] {
  switch (part.__typename) {
    case 'ImagePart': return [attachmentOf(part.image?.id ?? part.url, part.image?.name ?? nameOf(part.url), 'image/*', part.url)];
    case 'VideoPart': return [attachmentOf(part.url, nameOf(part.url), 'video/*', part.url)];
    case 'FilePart': return [attachmentOf(part.file.id, part.file.name, part.file.mediaType, part.file.downloadUrl)];
    default: return [];
  }
}

/** Turn a part of a reply that is not text into assistant-ui's. */
export function toPart(part: Part): ThreadAssistantMessagePart[] {
  switch (part.__typename) {
    case 'ImagePart': return [{ type: 'image', image: part.url }];
    case 'VideoPart': return [{ type: 'file', data: part.url, mimeType: 'video/*' }];
    case 'FilePart': return [{ type: 'file', data: part.file.downloadUrl, mimeType: part.file.mediaType, filename: part.file.name }];
    case 'SourcePart': return [{ type: 'source', sourceType: 'url', id: part.source, url: part.source, ...(part.title && { title: part.title }) }];
    default: return [];
  }
}

const attachmentOf = (id: string, name: string, contentType: string, url: string): CompleteAttachment =>
  ({ id, name, contentType, type: kindOf(contentType), status: { type: 'complete' }, content: [contentOf(contentType, url, name)] });

const contentOf = (mediaType: string, url: string, filename: string): Content =>
  mediaType.startsWith('image/') ? { type: 'image', image: url, filename } : { type: 'file', data: url, mimeType: mediaType, filename };

const kindOf = (mediaType: string): Attachment['type'] => (mediaType.startsWith('image/') ? 'image' : mediaType.startsWith('text/') ? 'document' : 'file');

const nameOf = (url: string): string => new URL(url).pathname.split('/').at(-1)!;
