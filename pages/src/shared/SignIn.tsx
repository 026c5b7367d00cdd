import { useState, type FormEvent } from 'react';
import { asMessage } from './errors';
import { chat } from './chat';
import { useStore } from './useStore';
import { switchLanguage } from './language';
import { useWords } from './words';

/** Sign in, or create an account. */
export function SignIn() {
  const words = useWords();
  const { ended } = useStore(chat.auth);
  const [isNew, setNew] = useState(false);
  const [asksCode, setAsksCode] = useState(false);
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const field = (name: string) => String(new FormData(event.currentTarget).get(name) ?? '');
    const [username, email, password, code] = ['username', 'email', 'password', 'code'].map(field) as [string, string, string, string];
    setBusy(true);
    setError('');
    try {
      if (!isNew) await chat.auth.signIn(username, password);
      else if (asksCode && !code) await chat.auth.sendCode(email, 'REGISTER');
      else await chat.auth.signUp({ username, email, password, ...(code && { code }) });
    } catch (thrown) {
      const { code: fault } = thrown as { code?: string };
      if (isNew && fault === 'CODE_INVALID' && !asksCode) setAsksCode(true);
      setError(asMessage(thrown));
    } finally {
      setBusy(false);
    }
  }

  return (
    <main className="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <h1>gql-chat</h1>
        <h2>{isNew ? words.signUp : words.signIn}</h2>
        {ended && <p role="status">{words.ended}</p>}
        <label>{isNew ? words.username : words.login}<input name="username" autoComplete="username" required autoFocus /></label>
        {isNew && <label>{words.email}<input name="email" type="email" autoComplete="email" required /></label>}
        <label>{words.password}<input name="password" type="password" autoComplete={isNew ? 'new-password' : 'current-password'} required /></label>
        {isNew && asksCode && <label>{words.code}<input name="code" inputMode="numeric" autoComplete="one-time-code" /></label>}
        {error && <p role="alert" className="error">{error}</p>}
        <button className="primary" disabled={busy}>{isNew ? words.signUp : words.signIn}</button>
        <button type="button" className="link" onClick={() => { setNew(!isNew); setError(''); }}>{isNew ? words.toSignIn : words.toSignUp}</button>
        <button type="button" className="link" onClick={switchLanguage}>{words.language}</button>
      </form>
    </main>
  );
}
