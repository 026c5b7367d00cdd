import type { ConflictReason, ErrorCode, ProviderErrorCode, QuotaKind } from './generated/operations.js';

/** The server's codes; NETWORK if no answer came, and ABORTED if the app gave up. */
export type GqlChatErrorCode = ErrorCode | 'NETWORK' | 'ABORTED';

/** What the server states besides the code. What does not apply is absent. */
export interface ErrorDetails {
  /** The input at fault, such as `input.text`. */
  field?: string;
  reason?: ConflictReason;
  headId?: string;
  keyId?: string;
  model?: string;
  providerCode?: ProviderErrorCode;
  quota?: QuotaKind;
  limit?: number;
  remaining?: number;
  retryAfterSeconds?: number;
  requestId?: string;
}

/** The only class of errors that this package throws. Its `code` is for programs, its `message` may be shown. */
export class GqlChatError extends Error implements ErrorDetails {
  declare field?: string;
  declare reason?: ConflictReason;
  declare headId?: string;
  declare keyId?: string;
  declare model?: string;
  declare providerCode?: ProviderErrorCode;
  declare quota?: QuotaKind;
  declare limit?: number;
  declare remaining?: number;
  declare retryAfterSeconds?: number;
  declare requestId?: string;
  readonly code: GqlChatErrorCode;

  constructor(code: GqlChatErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, { cause });
    this.name = 'GqlChatError';
    Object.assign(this, details);
    this.code = code;
  }
}

interface GraphQLFault {
  message: string;
  extensions?: { code?: ErrorCode } & ErrorDetails;
}

/** Return the first of a response's `errors`. */
export function errorOf(faults: readonly GraphQLFault[]): GqlChatError {
  const [fault] = faults;
  const { code = 'INTERNAL', ...details } = fault?.extensions ?? {};
  return new GqlChatError(code, fault?.message ?? 'The server sent an error without a message.', details);
}

/** Return anything that was thrown as an error of ours. */
export function asError(thrown: unknown): GqlChatError {
  if (thrown instanceof GqlChatError) return thrown;
  if (Array.isArray(thrown)) return errorOf(thrown);
  const aborted = (thrown as Error | undefined)?.name === 'AbortError';
  const message = aborted ? 'The request was given up.' : 'The server cannot be reached.';
  return new GqlChatError(aborted ? 'ABORTED' : 'NETWORK', message, {}, thrown);
}

/** A refusal for longer than this is for the user to know. */
const WAITS_AT_MOST_SECONDS = 5;

/** Whether the same request may soon succeed if it is sent again. */
export function isTransient({ code, retryAfterSeconds = 0 }: GqlChatError): boolean {
  if (code === 'RATE_LIMITED') return retryAfterSeconds <= WAITS_AT_MOST_SECONDS;
  return code === 'NETWORK' || code === 'UNAVAILABLE' || code === 'TOKEN_EXPIRED';
}
