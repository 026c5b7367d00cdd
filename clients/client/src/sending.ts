import { asError, GqlChatError } from './errors.js';
import type { Files, UploadOptions } from './files.js';
import * as operations from './generated/operations.js';
import type { Http, TypedDocument } from './http.js';
import { DRAFT_PREFIX, type Branch, type Branches, type Draft } from './messages.js';
import type { Message, Replies, Reply, Started } from './replies.js';
import type { Sessions } from './sessions.js';
import { uniqueKey } from './waiting.js';

/** A stored file, an address on the web, or a Blob, which is uploaded first. */
export type Attachment = operations.AttachmentInput | Blob;
/** `onProgress` reports the share of all Blobs that is uploaded, and `signal` aborts the message until they are. */
interface Attachments extends Pick<UploadOptions, 'onProgress' | 'signal'> {
  attachments?: readonly Attachment[] | null;
}

/** A message to send. */
export type SendInput = Omit<operations.SendMessageInput, 'wait' | 'attachments'> & Attachments;
/** A new version of a message. With Blobs, of one that is shown. */
export type EditInput = Omit<operations.EditMessageInput, 'wait' | 'attachments'> & Attachments;

/** What was sent: both are there at once, before the server has answered. */
export interface Sent {
  /** The message as a page can show it now. Its id begins with `sending:` until the server has answered. */
  userMessage: Message;
  reply: Reply;
  /** Send the same again with this, after a failure, and it is never stored twice. */
  idempotencyKey: string;
}

interface Prepared {
  sessionId?: string;
  /** The last message shown when it was first sent, null if there was none: a repeat asks for exactly the same. */
  parentId?: string | null;
  attachments?: operations.AttachmentInput[];
}

type Answer<Name extends string> = Record<Name, Started | null>;

/** Sends messages and asks for replies. Each request carries an idempotency key, so that it can be repeated until an answer comes. */
export class Sending {
  readonly #http: Http;
  readonly #replies: Replies;
  readonly #branches: Branches;
  readonly #sessions: Sessions;
  readonly #files: Files;
  /** What was made for messages that the server has not taken yet, by their idempotency keys. */
  readonly #prepared = new Map<string, Prepared>();

  constructor(http: Http, replies: Replies, branches: Branches, sessions: Sessions, files: Files) {
    this.#http = http;
    this.#replies = replies;
    this.#branches = branches;
    this.#sessions = sessions;
    this.#files = files;
  }

  /** Send a message. Without a `sessionId` it begins a new session; `await reply.started` has it. */
  send = ({ attachments, onProgress, signal, ...input }: SendInput): Sent => {
    const idempotencyKey = input.idempotencyKey ?? uniqueKey();
    const prepared = this.#prepare(idempotencyKey);
    const sessionId = (prepared.sessionId ??= input.sessionId ?? (attachments?.some(isBlob) ? this.#sessions.begin() : undefined));
    const branch = this.#branches.find(sessionId);
    const shown = branch?.get().messages ?? [];
    const last = shown.findLast(({ id }) => !id.startsWith(DRAFT_PREFIX));
    if (prepared.parentId === undefined) prepared.parentId = input.parentId ?? last?.id ?? null;
    const parentId = prepared.parentId ?? undefined;
    const userMessage = draftOf('USER', DRAFT_PREFIX + idempotencyKey, sessionId, parentId, (last?.order ?? 0) + 1, input.text);
    const variables = async () => {
      if (sessionId) await this.#sessions.ensure(sessionId, { keyId: input.keyId, model: input.model });
      const stored = await this.#upload(prepared, attachments, { onProgress, signal });
      // With the last message that the user saw, another device's that came between is a CONFLICT and no surprise.
      return { input: { ...input, attachments: stored, sessionId, parentId, idempotencyKey } };
    };
    return this.#ask(operations.SendMessage, variables, branch, parentId, userMessage, idempotencyKey);
  };

  /** Replace one of the user's messages by a new version on a branch of its own, and ask for a reply to it. */
  edit = ({ attachments, onProgress, signal, ...input }: EditInput): Sent => {
    const idempotencyKey = input.idempotencyKey ?? uniqueKey();
    const { branch, message } = this.#branches.locate(input.messageId);
    const userMessage = draftBeside(message, 'USER', idempotencyKey, input.text);
    const prepared = this.#prepare(idempotencyKey);
    prepared.sessionId = message?.sessionId;
    const variables = async () => {
      const stored = await this.#upload(prepared, attachments, { onProgress, signal });
      return { input: { ...input, attachments: stored, idempotencyKey } };
    };
    return this.#ask(operations.EditMessage, variables, branch, message?.parentId, userMessage, idempotencyKey);
  };

  /** Ask for another reply to the same message, beside the one with this id. */
  regenerate = (messageId: string, options: { keyId?: string; idempotencyKey?: string } = {}): Reply => {
    const idempotencyKey = options.idempotencyKey ?? uniqueKey();
    const { branch, message } = this.#branches.locate(messageId);
    const variables = { messageId, ...options, idempotencyKey };
    const draft = draftBeside(message, 'ASSISTANT', idempotencyKey);
    return this.#show(this.#start(operations.RegenerateReply, async () => variables), branch, { parentId: message?.parentId, messages: [draft] });
  };

  /** Continue a reply that was stopped, interrupted or cut off at its maximum length. */
  continue = (messageId: string, options: { idempotencyKey?: string } = {}): Reply => {
    const idempotencyKey = options.idempotencyKey ?? uniqueKey();
    const started = this.#start(operations.ContinueReply, async () => ({ messageId, idempotencyKey }));
    const reply = this.#replies.begin(started);
    started.then((answer) => this.#branches.find(answer.reply.sessionId)?.replace(answer.reply), () => undefined);
    return reply;
  };

  #ask<Name extends string, Variables>(
    document: TypedDocument<Answer<Name>, Variables>, variables: () => Promise<Variables>, branch: Branch | undefined,
    parentId: string | null | undefined, userMessage: Message, idempotencyKey: string,
  ): Sent {
    const { id, sessionId, order } = userMessage;
    const answer = draftOf('ASSISTANT', `${id}:reply`, sessionId, id, order + 1);
    const started = this.#start(document, variables);
    started.then(() => this.#prepared.delete(idempotencyKey), ({ code }: GqlChatError) => {
      if (code === 'CONFLICT') this.#prepare(idempotencyKey).parentId = undefined;
    });
    const reply = this.#show(started, branch, { parentId, messages: [userMessage, answer] });
    return { userMessage, reply, idempotencyKey };
  }

  #show(started: Promise<Started>, branch: Branch | undefined, draft: Draft): Reply {
    const reply = this.#replies.begin(started, draft.messages.at(-1)!.id);
    const end = branch?.draft(draft);
    started.then((answer) => end?.(answer), () => end?.());
    return reply;
  }

  #prepare(idempotencyKey: string): Prepared {
    const prepared = this.#prepared.get(idempotencyKey) ?? {};
    this.#prepared.set(idempotencyKey, prepared);
    return prepared;
  }

  /** Upload the Blobs, once however often the message is sent. Undefined, which a request leaves out, if there are no attachments at all. */
  async #upload(
    prepared: Prepared, attachments: Attachments['attachments'], { onProgress, signal }: UploadOptions,
  ): Promise<operations.AttachmentInput[] | undefined> {
    if (!attachments) return undefined;
    const blobs = attachments.filter(isBlob);
    const sum = (bytes: number[]) => bytes.reduce((total, some) => total + some, 0);
    const done: number[] = [];
    const upload = async (blob: Blob, index: number): Promise<operations.AttachmentInput> => {
      const file = await this.#files.upload(prepared.sessionId ?? '', blob, {
        signal,
        onProgress: onProgress && ((share) => {
          done[index] = share * blob.size;
          onProgress(sum(done) / sum(blobs.map(({ size }) => size)));
        }),
      });
      return { fileId: file.id };
    };
    return (prepared.attachments ??= await Promise.all(attachments.map((one, index) => (isBlob(one) ? upload(one, index) : one))));
  }

  async #start<Name extends string, Variables>(document: TypedDocument<Answer<Name>, Variables>, variables: () => Promise<Variables>): Promise<Started> {
    try {
      const [started] = Object.values(await this.#http.run(document, await variables(), { retry: true })) as (Started | null)[];
      if (!started) throw new GqlChatError('INTERNAL', 'The server sent no answer.');
      return started;
    } catch (thrown) {
      throw asError(thrown);
    }
  }
}

const isBlob = (attachment: Attachment): attachment is Blob => attachment instanceof Blob;

/** Make a draft of another version of a message. */
function draftBeside(message: Message | undefined, role: operations.MessageRole, idempotencyKey: string, text?: string): Message {
  const draft = draftOf(role, DRAFT_PREFIX + idempotencyKey, message?.sessionId, message?.parentId, message?.order, text);
  return { ...draft, siblingIds: [...(message?.siblingIds ?? []), draft.id] };
}

function draftOf(
  role: operations.MessageRole, id: string, sessionId: string | null = '', parentId: string | null = null, order = 1, text = '',
): Message {
  return {
    id, sessionId: sessionId ?? '', parentId, order, role, text, reasoning: null, status: role === 'USER' ? 'COMPLETED' : 'STREAMING', finishReason: null,
    historyTruncated: false, error: null, model: null, usage: null, parts: [], siblingIds: [id], idempotencyKey: id.split(':')[1]!, createdAt: new Date().toISOString(),
  };
}
