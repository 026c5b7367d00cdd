import { asError, errorOf, GqlChatError, isTransient } from './errors.js';
import { backoff } from './waiting.js';

/** A GraphQL document with the types of its result and variables: of `@gql-chat/client/operations`, or of codegen's client-preset in string mode. */
export interface TypedDocument<Result, Variables> {
  toString(): string;
  __apiType?: (variables: Variables) => Result;
}

/** Variables may be left out if all of them are optional. */
export type VariablesOf<Variables> = {} extends Variables ? [variables?: Variables, options?: RequestOptions] : [variables: Variables, options?: RequestOptions];

export interface RequestOptions {
  signal?: AbortSignal;
  /** Whether to repeat the request after a failure of the network, up to 8 times. For queries, and for mutations that may run twice. */
  retry?: boolean;
}

/** Where the access token comes from. */
export interface TokenSource {
  /** Return a token that has not expired, or undefined when signed out. */
  token(): Promise<string | undefined>;
  /** Take note that the server refused the token. Returns whether another one may do. */
  refuse(token: string | undefined, code: 'TOKEN_EXPIRED' | 'UNAUTHENTICATED'): Promise<boolean>;
}

const ATTEMPTS = 8;

/** Sends operations by HTTP. */
export class Http {
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly #tokens: TokenSource;

  constructor(url: string, fetchImpl: typeof fetch, tokens: TokenSource) {
    this.url = url;
    this.fetch = fetchImpl;
    this.#tokens = tokens;
  }

  /** Run a query or mutation. Throws the first of its errors. */
  async run<Result, Variables>(document: TypedDocument<Result, Variables>, variables: Variables, options: RequestOptions = {}): Promise<Result> {
    return this.#repeat(options, async () => {
      for (let refusals = 0; ; refusals++) {
        const token = await this.#tokens.token();
        try {
          return await this.post(document, variables, token, options.signal);
        } catch (thrown) {
          const error = asError(thrown);
          const refused = error.code === 'TOKEN_EXPIRED' || (error.code === 'UNAUTHENTICATED' && token);
          if (!refused || refusals > 2 || !(await this.#tokens.refuse(token, error.code as 'TOKEN_EXPIRED'))) throw error;
        }
      }
    });
  }

  /** Run an operation that needs no sign-in. */
  async anonymous<Result, Variables>(document: TypedDocument<Result, Variables>, variables: Variables, options: RequestOptions = {}): Promise<Result> {
    return this.#repeat(options, () => this.post(document, variables, undefined, options.signal));
  }

  async #repeat<Result>({ retry, signal }: RequestOptions, request: () => Promise<Result>): Promise<Result> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await request();
      } catch (thrown) {
        const error = asError(thrown);
        if (!retry || !isTransient(error) || attempt >= ATTEMPTS || signal?.aborted) throw error;
        await backoff(attempt, error.retryAfterSeconds);
      }
    }
  }

  private async post<Result, Variables>(
    document: TypedDocument<Result, Variables>, variables: Variables, token?: string, signal?: AbortSignal,
  ): Promise<Result> {
    const headers: Record<string, string> = {
      'content-type': 'application/json', accept: 'application/graphql-response+json, application/json',
    };
    if (token) headers['authorization'] = `Bearer ${token}`;
    const body = JSON.stringify({ query: document.toString(), variables });
    const response = await this.fetch(this.url, { method: 'POST', headers, body, signal: signal ?? null });
    const answer = await response.text();
    let result: { data?: Result; errors?: [] };
    try {
      result = JSON.parse(answer);
    } catch {
      // Not our server's: a proxy's page, or an answer that broke off.
      throw new GqlChatError('NETWORK', `The server answered with the status ${response.status}.`);
    }
    if (result.errors?.length || !result.data) throw errorOf(result.errors ?? []);
    return result.data;
  }
}
