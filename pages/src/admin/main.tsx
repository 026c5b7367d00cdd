import '../shared/theme.css';
import './admin.css';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { SignIn } from '../shared/SignIn';
import { chat } from '../shared/chat';
import { switchLanguage } from '../shared/language';
import { useStore } from '../shared/useStore';
import { CallLog } from './CallLog';
import { Groups } from './Groups';
import { Health } from './Health';
import { ServerKey } from './ServerKey';
import { UsageByUser } from './UsageByUser';
import { Users } from './Users';
import { useAdminWords } from './words';

/** By the words that name them. */
const SECTIONS = { users: Users, groups: Groups, serverKeys: ServerKey, callLog: CallLog, usage: UsageByUser, health: Health };
type Section = keyof typeof SECTIONS;

/** The admin's page. What it shows and does, the API allows the signed-in admin. */
function Page() {
  const words = useAdminWords();
  const { signedIn, isAdmin, user } = useStore(chat.auth);
  const [section, setSection] = useState<Section>('users');
  if (!signedIn) return <SignIn />;
  const Shown = SECTIONS[section];
  return (
    <>
      <header className="bar">
        <h1>{words.administration}</h1>
        <span>
          {user?.username} <a href="/">{words.chats}</a> <button className="link" onClick={switchLanguage}>{words.language}</button>{' '}
          <button className="link" onClick={() => void chat.auth.signOut()}>{words.signOut}</button>
        </span>
      </header>
      {!isAdmin ? <main><p>{words.needsAdmin}</p></main> : (
        <main>
          <nav className="tabs" aria-label={words.sections}>
            {(Object.keys(SECTIONS) as Section[]).map((name) => (
              <button key={name} aria-pressed={name === section} onClick={() => setSection(name)}>{words[name]}</button>
            ))}
          </nav>
          <Shown />
        </main>
      )}
    </>
  );
}

createRoot(document.getElementById('root')!).render(<StrictMode><Page /></StrictMode>);
