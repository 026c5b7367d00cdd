import { asError, GqlChatError } from './errors.js';
import * as operations from './generated/operations.js';
import type { Http, TypedDocument } from './http.js';
import type { Branch, Branches, Draft } from './messages.js';
import type { Message, Replies, Reply, Started } from './replies.js';
import { uniqueKey } from './waiting.js';

/** A message to send. */
export type SendInput = Omit<operations.SendMessageInput, 'wait'>;
/** A new version of a message. */
export type EditInput = Omit<operations.EditMessageInput, 'wait'>;

/** What was sent: both are there at once, before the server has answered. */
export interface Sent {
  /** The message as a page can show it now. Its id begins with `sending:` until the server has answered. */
  userMessage: Message;
  reply: Reply;
  /** Send the same again with this, after a failure, and it is never stored twice. */
  idempotencyKey: string;
}

type Answer<Name extends string> = Record<Name, Started | null>;

/** Sends messages and asks for replies. Each request carries an idempotency key, so that it can be repeated until an answer comes. */
export class Sending {
  readonly #http: Http;
  readonly #replies: Replies;
  readonly #branches: Branches;

  constructor(http: Http, replies: Replies, branches: Branches) {
    this.#http = http;
    this.#replies = replies;
    this.#branches = branches;
  }

  /** Send a message. Without a `sessionId` it begins a new session; `await reply.started` has it. */
  send = (input: SendInput): Sent => {
    const idempotencyKey = input.idempotencyKey ?? uniqueKey();
    const branch = this.#branches.find(input.sessionId);
    const shown = branch?.get().messages ?? [];
    const last = shown.findLast(({ id }) => !id.startsWith('sending:'));
    const parentId = input.parentId ?? last?.id;
    const userMessage = draftOf('USER', `sending:${idempotencyKey}`, input.sessionId ?? '', parentId, (last?.order ?? 0) + 1, input.text);
    // With the last message that the user saw, another device's that came between is a CONFLICT and no surprise.
    const variables = { input: { ...input, ...(parentId && { parentId }), idempotencyKey } };
    return this.#ask(operations.SendMessage, variables, branch, parentId, userMessage, idempotencyKey);
  };

  /** Replace one of the user's messages by a new version on a branch of its own, and ask for a reply to it. */
  edit = (input: EditInput): Sent => {
    const idempotencyKey = input.idempotencyKey ?? uniqueKey();
    const { branch, message } = this.#branches.locate(input.messageId);
    const userMessage = draftOf('USER', `sending:${idempotencyKey}`, message?.sessionId, message?.parentId, message?.order, input.text);
    return this.#ask(operations.EditMessage, { input: { ...input, idempotencyKey } }, branch, message?.parentId, userMessage, idempotencyKey);
  };

  /** Ask for another reply to the same message, beside the one with this id. */
  regenerate = (messageId: string, options: { keyId?: string; idempotencyKey?: string } = {}): Reply => {
    const idempotencyKey = options.idempotencyKey ?? uniqueKey();
    const { branch, message } = this.#branches.locate(messageId);
    const variables = { messageId, ...options, idempotencyKey };
    const draft = draftOf('ASSISTANT', `sending:${idempotencyKey}`, message?.sessionId, message?.parentId, message?.order);
    return this.#show(this.#start(operations.RegenerateReply, variables), branch, { parentId: message?.parentId, messages: [draft] });
  };

  /** Continue a reply that was stopped, interrupted or cut off at its maximum length. */
  continue = (messageId: string, options: { idempotencyKey?: string } = {}): Reply => {
    const idempotencyKey = options.idempotencyKey ?? uniqueKey();
    const started = this.#start(operations.ContinueReply, { messageId, idempotencyKey });
    const reply = this.#replies.begin(started);
    started.then((answer) => this.#branches.find(answer.reply.sessionId)?.replace(answer.reply), () => undefined);
    return reply;
  };

  #ask<Name extends string, Variables>(
    document: TypedDocument<Answer<Name>, Variables>, variables: Variables, branch: Branch | undefined,
    parentId: string | null | undefined, userMessage: Message, idempotencyKey: string,
  ): Sent {
    const { id, sessionId, order } = userMessage;
    const answer = draftOf('ASSISTANT', `${id}:reply`, sessionId, id, order + 1);
    const reply = this.#show(this.#start(document, variables), branch, { parentId, messages: [userMessage, answer] });
    return { userMessage, reply, idempotencyKey };
  }

  #show(started: Promise<Started>, branch: Branch | undefined, draft: Draft): Reply {
    const reply = this.#replies.begin(started);
    const end = branch?.draft(draft);
    started.then((answer) => end?.(answer), () => end?.());
    return reply;
  }

  async #start<Name extends string, Variables>(document: TypedDocument<Answer<Name>, Variables>, variables: Variables): Promise<Started> {
    try {
      const [started] = Object.values(await this.#http.run(document, variables, { retry: true })) as (Started | null)[];
      if (!started) throw new GqlChatError('INTERNAL', 'The server sent no answer.');
      return started;
    } catch (thrown) {
      throw asError(thrown);
    }
  }
}

function draftOf(
  role: operations.MessageRole, id: string, sessionId: string | null = '', parentId: string | null = null, order = 1, text = '',
): Message {
  return {
    id, sessionId: sessionId ?? '', parentId, order, role, text, reasoning: null, status: role === 'USER' ? 'COMPLETED' : 'STREAMING', finishReason: null,
    historyTruncated: false, error: null, model: null, usage: null, parts: [], siblingIds: [id], idempotencyKey: id.split(':')[1]!, createdAt: new Date().toISOString(),
  };
}
