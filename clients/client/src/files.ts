import { asError, GqlChatError } from './errors.js';
import * as operations from './generated/operations.js';
import type { Http } from './http.js';
import type { Sessions } from './sessions.js';

/** A stored file, as `FileFields` selects it. */
export type StoredFile = operations.FileFieldsFragment;

export interface UploadOptions {
  /** The name, for a Blob that has none. */
  name?: string;
  /** Called with the share that is uploaded, from 0 to 1. Node reports only the end. */
  onProgress?: (share: number) => void;
  signal?: AbortSignal;
}

/** Uploads to, and links from, the store that the server names: its own, or an object store by signed URLs. */
export class Files {
  readonly #http: Http;
  readonly #sessions: Sessions;

  constructor(http: Http, sessions: Sessions) {
    this.#http = http;
    this.#sessions = sessions;
  }

  /** Upload a file for a session's messages, and return it READY. Then attach it: `attachments: [{ fileId: file.id }]`. */
  upload = async (sessionId: string, content: Blob, options: UploadOptions = {}): Promise<StoredFile> => {
    const name = options.name ?? (content as Partial<File>).name ?? 'file';
    await this.#sessions.ensure(sessionId);
    const request = { name, sizeBytes: content.size, mediaType: content.type || null };
    const { createUploads } = await this.#http.run(operations.CreateUploads, { sessionId, files: [request] }, options);
    const target = createUploads![0]!;
    const url = new URL(target.url, this.#http.url).href;
    await put(this.#http.fetch, url, target.method, target.headers, content, options);
    const { completeUploads } = await this.#http.run(operations.CompleteUploads, { fileIds: [target.file.id] }, { retry: true });
    const [file] = completeUploads!;
    if (file!.status === 'FAILED') throw new GqlChatError('UNSUPPORTED_FILE', file!.failure ?? 'The file cannot be used.');
    return file!;
  };

  /** Return a fresh link to the bytes, valid for at least 15 minutes, and the text extracted from the file. Null if there is no such file. */
  get = async (id: string) => (await this.#http.run(operations.File, { id }, { retry: true })).file;

  delete = async (ids: string[]): Promise<void> => {
    await this.#http.run(operations.DeleteFiles, { ids });
  };

  policy = async () => (await this.#http.run(operations.UploadPolicy, {}, { retry: true })).uploadPolicy;
}

async function put(
  fetchImpl: typeof fetch, url: string, method: string, headers: Record<string, string>, body: Blob, { onProgress, signal }: UploadOptions,
): Promise<void> {
  const status = onProgress && typeof XMLHttpRequest !== 'undefined'
    ? await putWithProgress(url, method, headers, body, onProgress, signal)
    : await fetchImpl(url, { method, headers, body, signal: signal ?? null }).then(({ status }) => status, (thrown) => { throw asError(thrown); });
  if (status >= 300) throw new GqlChatError('NETWORK', `The upload was answered with the status ${status}.`);
  onProgress?.(1);
}

function putWithProgress(
  url: string, method: string, headers: Record<string, string>, body: Blob, onProgress: (share: number) => void, signal?: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () => resolve(request.status);
    request.onerror = () => reject(new GqlChatError('NETWORK', 'The upload broke off.'));
    request.onabort = () => reject(new GqlChatError('ABORTED', 'The upload was given up.'));
    signal?.addEventListener('abort', () => request.abort());
    request.send(body);
  });
}
