import type { Attachment, GqlChat, Message, Reply, SendInput, Session } from '@gql-chat/client';
import type { ChatTransport, UIMessage, UIMessageChunk } from 'ai';
import { streamReply } from './chunks.js';

export interface GqlChatTransportOptions {
  /** What every message asks for, such as `{ persona: 'Teacher' }`; a function is called for each. */
  input?: SendDefaults | (() => SendDefaults);
  /** Called when the first message of a chat has begun a session, for example to keep its id in the page's address. */
  onSession?: (session: Session, chatId: string) => void;
}
type SendDefaults = Pick<SendInput, 'keyId' | 'model' | 'parameters' | 'persona' | 'historyMessages'>;
type SendOptions = Parameters<ChatTransport<UIMessage>['sendMessages']>[0];
type ReconnectOptions = Parameters<ChatTransport<UIMessage>['reconnectToStream']>[0];

const SESSION_PREFIX = 'ses_';
const MESSAGE_PREFIX = 'msg_';

/** The transport of `useChat` to a gql-chat server. A chat whose id is a session's is that session; another one begins a session with its first message. */
export class GqlChatTransport implements ChatTransport<UIMessage> {
  /** A reply that is taken up again comes from its first character on. */
  readonly resumeStreamIsReplay = true;
  readonly #chat: GqlChat;
  readonly #options: GqlChatTransportOptions;
  readonly #sessionIds = new Map<string, string>();
  /** The server's ids of messages that have the page's, and those of the newest versions of messages that were edited. */
  readonly #messageIds = new Map<string, string>();
  readonly #signals = new Map<string, AbortSignal>();
  readonly #stops = new Map<string, Promise<unknown>>();

  constructor(chat: GqlChat, options: GqlChatTransportOptions = {}) {
    this.#chat = chat;
    this.#options = options;
  }

  sendMessages = async ({ trigger, chatId, messageId, messages, abortSignal }: SendOptions): Promise<ReadableStream<UIMessageChunk>> => {
    const message = messages.at(-1);
    if (message?.role !== 'user') throw new Error('The last message is not one of the user.');
    await this.#stops.get(chatId); // A session writes one reply at a time.
    // A message that did not reach the server is sent again: its id is the idempotency key, so it is never stored twice.
    if (trigger === 'regenerate-message' && (this.#messageIds.has(message.id) || message.id.startsWith(MESSAGE_PREFIX))) return this.#stream(await this.#regenerate(chatId, message), chatId, abortSignal);
    const reply = await this.#send(chatId, message, trigger === 'submit-message' ? messageId : undefined, messages.at(-2), abortSignal);
    const stream = await this.#stream(reply, chatId, abortSignal);
    const { session, userMessage } = await reply.started;
    this.#messageIds.set(message.id, userMessage.id);
    this.#begun(chatId, session);
    return stream;
  };

  reconnectToStream = async ({ chatId, abortSignal }: ReconnectOptions): Promise<ReadableStream<UIMessageChunk> | null> => {
    if (abortSignal) this.#signals.set(chatId, abortSignal);
    const sessionId = this.#sessionIdOf(chatId);
    if (!sessionId) return null;
    const { messages } = await this.#chat.messages(sessionId).load();
    const last = messages.at(-1);
    if (last?.status !== 'STREAMING' || last.id.startsWith('sending:')) return null;
    return this.#stream(this.#chat.reply(last), chatId, abortSignal, last);
  };

  async #send(
    chatId: string, message: UIMessage, editedId: string | undefined, before: UIMessage | undefined, signal: AbortSignal | undefined,
  ): Promise<Reply> {
    const text = message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
    const attachments = await attachmentsOf(message);
    const { input = {} } = this.#options;
    const common = { ...(typeof input === 'function' ? input() : input), text, signal, ...(attachments.length && { attachments }) };
    if (editedId) return this.#chat.edit({ ...common, messageId: await this.#idOf(chatId, editedId) }).reply;
    const parentId = before?.id.startsWith(MESSAGE_PREFIX) ? before.id : undefined;
    return this.#chat.send({ ...common, sessionId: this.#sessionIdOf(chatId), parentId, idempotencyKey: message.id }).reply;
  }

  /** Ask for another reply to a message. */
  async #regenerate(chatId: string, message: UIMessage): Promise<Reply> {
    const id = await this.#idOf(chatId, message.id);
    const reply = (await this.#branch(chatId)).find(({ parentId }) => parentId === id);
    if (!reply) throw new Error('The chat has no reply to this message.');
    return this.#chat.regenerate(reply.id);
  }

  async #stream(reply: Reply, chatId: string, signal: AbortSignal | undefined, begun?: Message): Promise<ReadableStream<UIMessageChunk>> {
    if (signal) this.#signals.set(chatId, signal);
    const stop = () => {
      // A second attempt to reconnect aborts the first one just before, and is no wish to stop.
      const stopped = Promise.resolve().then(() => (this.#signals.get(chatId) === signal ? reply.stop() : undefined));
      this.#stops.set(chatId, stopped.catch(() => undefined));
    };
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    const end = () => signal?.removeEventListener('abort', stop);
    reply.finished.then(end, end);
    return streamReply(reply, begun ?? (await reply.started).reply);
  }

  #begun(chatId: string, session: Session): void {
    if (this.#sessionIdOf(chatId)) return;
    this.#sessionIds.set(chatId, session.id);
    this.#options.onSession?.(session, chatId);
  }

  #sessionIdOf = (chatId: string): string | undefined => (chatId.startsWith(SESSION_PREFIX) ? chatId : this.#sessionIds.get(chatId));

  #branch = async (chatId: string): Promise<readonly Message[]> => {
    const sessionId = this.#sessionIdOf(chatId);
    return sessionId ? (await this.#chat.messages(sessionId).load()).messages : [];
  };

  /** Return the server's id of a message. After an edit it is the new version's, unless the branch with the former one was selected again. */
  async #idOf(chatId: string, messageId: string): Promise<string> {
    const newest = this.#messageIds.get(messageId);
    if (!newest || !messageId.startsWith(MESSAGE_PREFIX)) return newest ?? messageId;
    const branch = await this.#branch(chatId);
    return branch.some(({ id }) => id === messageId) ? messageId : newest;
  }
}

/** Return what a message has attached: what has an address on the web by that, other files with their content. */
async function attachmentsOf({ parts }: UIMessage): Promise<Attachment[]> {
  const files = parts.filter((part) => part.type === 'file');
  return Promise.all(files.map(async ({ url, mediaType, filename }) => {
    if (/^https?:/.test(url)) return mediaType.startsWith('video/') ? { videoUrl: url } : { imageUrl: url };
    return new File([await (await fetch(url)).blob()], filename ?? 'file', { type: mediaType });
  }));
}
