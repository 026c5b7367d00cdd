import { useState, type FormEvent, type ReactNode } from 'react';
import { GqlChatError } from '@gql-chat/client';
import { asMessage } from './errors';
import { chat } from './chat';
import { useStore } from './useStore';
import { switchLanguage } from './language';
import { useWords } from './words';

type Way = 'signIn' | 'signUp' | 'reset';

/** Sign in, create an account, or replace a forgotten password. */
export function SignIn() {
  const words = useWords();
  const { ended } = useStore(chat.auth);
  const [way, setWay] = useState<Way>('signIn');
  const Form = { signIn: PasswordForm, signUp: AccountForm, reset: ResetForm }[way];
  return (
    <main className="sign-in">
      <div>
        <h1>gql-chat</h1>
        <h2>{words[way]}</h2>
        {ended && <p role="status">{words.ended}</p>}
        <Form key={way} />
        {way === 'signIn' && <button className="link" onClick={() => setWay('reset')}>{words.forgotten}</button>}
        <button className="link" onClick={() => setWay(way === 'signIn' ? 'signUp' : 'signIn')}>{way === 'signIn' ? words.toSignUp : words.toSignIn}</button>
        <button className="link" onClick={switchLanguage}>{words.language}</button>
      </div>
    </main>
  );
}

function PasswordForm() {
  const words = useWords();
  return (
    <Fields label={words.signIn} onSubmit={(field) => chat.auth.signIn(field('username'), field('password'))}>
      <label>{words.login}<input name="username" autoComplete="username" required autoFocus /></label>
      <label>{words.password}<input name="password" type="password" autoComplete="current-password" required /></label>
    </Fields>
  );
}

/** A server that verifies addresses emails a code, which the form asks for then. */
function AccountForm() {
  const words = useWords();
  const [asksCode, setAsksCode] = useState(false);
  async function signUp(field: Field) {
    const [username, email, password, code] = [field('username'), field('email'), field('password'), field('code')];
    try {
      await chat.auth.signUp({ username, email, password, ...(code && { code }) });
    } catch (thrown) {
      if (code || !(thrown instanceof GqlChatError) || thrown.field !== 'input.code') throw thrown;
      await chat.auth.sendCode(email, 'REGISTER');
      setAsksCode(true);
    }
  }
  return (
    <Fields label={words.signUp} onSubmit={signUp}>
      <label>{words.username}<input name="username" autoComplete="username" required autoFocus /></label>
      <label>{words.email}<input name="email" type="email" autoComplete="email" required /></label>
      <label>{words.password}<input name="password" type="password" autoComplete="new-password" required /></label>
      {asksCode && <CodeField />}
    </Fields>
  );
}

function ResetForm() {
  const words = useWords();
  const [isSent, setSent] = useState(false);
  async function reset(field: Field) {
    const login = field('username');
    if (!isSent) {
      await chat.auth.sendCode(login, 'PASSWORD_RESET');
      setSent(true);
      return;
    }
    await chat.auth.resetPassword({ login, code: field('code'), newPassword: field('password') });
    await chat.auth.signIn(login, field('password'));
  }
  return (
    <Fields label={isSent ? words.changePassword : words.sendCode} onSubmit={reset}>
      <label>{words.login}<input name="username" autoComplete="username" required autoFocus /></label>
      {isSent && <CodeField />}
      {isSent && <label>{words.newPassword}<input name="password" type="password" autoComplete="new-password" required /></label>}
    </Fields>
  );
}

function CodeField() {
  const words = useWords();
  return (
    <>
      <p role="status">{words.codeSent}</p>
      <label>{words.code}<input name="code" inputMode="numeric" autoComplete="one-time-code" required autoFocus /></label>
    </>
  );
}

type Field = (name: string) => string;

/** A form with these fields, which shows why it failed. */
function Fields({ label, onSubmit, children }: { label: string; onSubmit: (field: Field) => Promise<void>; children: ReactNode }) {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    setBusy(true);
    setError('');
    await onSubmit((name) => String(values.get(name) ?? '')).catch((thrown: unknown) => setError(asMessage(thrown)));
    setBusy(false);
  }
  return (
    <form onSubmit={(event) => void submit(event)}>
      {children}
      {error && <p role="alert" className="error">{error}</p>}
      <button className="primary" disabled={busy}>{label}</button>
    </form>
  );
}
