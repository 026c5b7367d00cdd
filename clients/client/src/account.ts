import type { Feed } from './changes.js';
import * as operations from './generated/operations.js';
import type { Http } from './http.js';
import { Resource } from './lists.js';
import type { AuthState, SignIns } from './signin.js';
import type { Store } from './store.js';

/** The signed-in user, as `Me` selects it. */
export type User = operations.MeQuery['me'];
/** A key, as `Keys` selects it. */
export type Key = operations.KeysQuery['keys'][number];
export type Persona = operations.PersonasQuery['personas'][number];
export type Usage = NonNullable<operations.UsageQuery['usage']>[number];

/** Signing in and out, and what needs no sign-in. As a store: who is signed in. */
export class Auth implements Store<AuthState> {
  readonly get: Store<AuthState>['get'];
  readonly subscribe: Store<AuthState>['subscribe'];
  readonly #http: Http;
  readonly #signIns: SignIns | undefined;

  constructor(http: Http, state: Store<AuthState>, signIns: SignIns | undefined) {
    this.#http = http;
    this.#signIns = signIns;
    this.get = state.get;
    this.subscribe = state.subscribe;
  }

  /** Sign in by username or email address. */
  signIn = async (login: string, password: string): Promise<void> => {
    const { login: answer } = await this.#http.anonymous(operations.Login, { input: { login, password } });
    this.#signIns?.keep(answer!, answer!.user);
  };

  /** Create an account and sign in. `code` is needed where the server verifies email addresses. */
  signUp = async (input: operations.RegisterInput): Promise<void> => {
    const { register } = await this.#http.anonymous(operations.Register, { input });
    this.#signIns?.keep(register!, register!.user);
  };

  /** Sign out here, in all tabs, or `everywhere`: on all devices. It holds here even if the server cannot be reached. */
  signOut = async (everywhere = false): Promise<void> => {
    const refreshToken = this.#signIns?.drop();
    if (refreshToken) await this.#http.anonymous(operations.Logout, { refreshToken, everywhere }, { retry: everywhere }).catch(() => undefined);
  };

  /** Email six digits: to register, to reset a password, or to change the address. */
  sendCode = async (login: string, purpose: operations.CodePurpose) => {
    const variables = { input: { login, purpose } };
    const answer = purpose === 'EMAIL_CHANGE'
      ? await this.#http.run(operations.SendVerificationCode, variables)
      : await this.#http.anonymous(operations.SendVerificationCode, variables);
    return answer.sendVerificationCode!;
  };

  /** Return whether a code is right, without using it up. */
  verifyCode = async (input: operations.VerifyCodeInput): Promise<boolean> => !!(await this.#http.anonymous(operations.VerifyCode, { input })).verifyCode;

  resetPassword = async (input: operations.ResetPasswordInput): Promise<void> => {
    await this.#http.anonymous(operations.ResetPassword, { input });
  };

  /** Change the password. Every other sign-in ends; this one goes on. */
  changePassword = async (currentPassword: string, newPassword: string): Promise<void> => {
    const { updatePassword } = await this.#http.run(operations.UpdatePassword, { input: { currentPassword, newPassword } });
    this.#signIns?.keep(updatePassword!);
  };
}

/** The signed-in user's account. As a store: the user. */
export class Me extends Resource<User | null> {
  readonly #http: Http;
  readonly #auth: Auth;

  constructor(http: Http, feed: Feed, auth: Auth) {
    super(feed, null, async () => (await http.run(operations.Me, {}, { retry: true })).me);
    this.#http = http;
    this.#auth = auth;
  }

  update = async (input: operations.UpdateProfileInput): Promise<void> => {
    const { updateProfile } = await this.#http.run(operations.UpdateProfile, { input });
    this.put((user) => user && { ...user, ...updateProfile });
  };

  setDefaultPersona = async (name: string | null): Promise<void> => {
    const { setDefaultPersona } = await this.#http.run(operations.SetDefaultPersona, { name }, { retry: true });
    this.put((user) => user && { ...user, ...setDefaultPersona });
  };

  /** Join a group with the code that an admin handed out. */
  joinGroup = async (code: string) => {
    const { redeemActivationCode } = await this.#http.run(operations.RedeemActivationCode, { code });
    this.reload();
    return redeemActivationCode!;
  };

  /** Create a personal access token. Its text is returned only this once. */
  createAccessToken = async (input: operations.CreateAccessTokenInput) => {
    const { createAccessToken } = await this.#http.run(operations.CreateAccessToken, { input });
    this.reload();
    return createAccessToken!;
  };

  revokeAccessToken = async (id: string): Promise<void> => {
    await this.#http.run(operations.RevokeAccessToken, { id });
    this.reload();
  };

  /** Delete the account for good, with everything that it owns. */
  deleteAccount = async (password: string): Promise<void> => {
    await this.#http.run(operations.DeleteAccount, { password });
    await this.#auth.signOut();
  };
}

/** The keys that the user can use. As a store: the keys, the user's own first. */
export class Keys extends Resource<readonly Key[]> {
  readonly #http: Http;

  constructor(http: Http, feed: Feed) {
    const fetchKeys = async () => (await http.run(operations.Keys, {}, { retry: true })).keys;
    super(feed, [], fetchKeys, (keys, change) => (change.__typename === 'KeysChanged' ? 'reload' : keys));
    this.#http = http;
  }

  create = async (input: operations.CreateKeyInput): Promise<Key> => {
    const { createKey } = await this.#http.run(operations.CreateKey, { input });
    return (await this.load()).find(({ id }) => id === createKey!.id)!;
  };

  update = async (input: operations.UpdateKeyInput): Promise<Key> => {
    await this.#http.run(operations.UpdateKey, { input }, { retry: true });
    return (await this.load()).find(({ id }) => id === input.id)!;
  };

  delete = async (ids: string[]): Promise<void> => {
    await this.#http.run(operations.DeleteKeys, { ids });
    this.put((keys) => keys.filter(({ id }) => !ids.includes(id)));
  };

  /** Test a key, stored (`{ id }`) or not yet (`{ key }`). A provider's failure is an answer: `ok` is false and `error` says why. */
  test = async (input: operations.TestKeyInput) => (await this.#http.run(operations.TestKey, { input })).testKey!;

  /** Return whether the user may create another key. */
  canCreate = async (): Promise<boolean> => (await this.#http.run(operations.Keys, {}, { retry: true })).canCreateKeys;
}
