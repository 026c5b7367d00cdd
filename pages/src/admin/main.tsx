import '../shared/theme.css';
import './admin.css';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { SignIn } from '../shared/SignIn';
import { chat } from '../shared/chat';
import { useStore } from '../shared/useStore';
import { CallLog } from './CallLog';
import { Groups } from './Groups';
import { Health } from './Health';
import { ServerKey } from './ServerKey';
import { UsageByUser } from './UsageByUser';
import { Users } from './Users';

const SECTIONS = { Users, Groups, 'Server key': ServerKey, 'Call log': CallLog, Usage: UsageByUser, Health };
type Section = keyof typeof SECTIONS;

/** The admin's page. What it shows and does, the API allows the signed-in admin. */
function Page() {
  const { signedIn, isAdmin, user } = useStore(chat.auth);
  const [section, setSection] = useState<Section>('Users');
  if (!signedIn) return <SignIn />;
  const Shown = SECTIONS[section];
  return (
    <>
      <header className="bar">
        <h1>Administration</h1>
        <span>{user?.username} <a href="/">Chat</a> <button className="link" onClick={() => void chat.auth.signOut()}>Sign out</button></span>
      </header>
      {!isAdmin ? <main><p>You need the role ADMIN for this page.</p></main> : (
        <main>
          <nav className="tabs" aria-label="Sections">
            {(Object.keys(SECTIONS) as Section[]).map((name) => (
              <button key={name} aria-pressed={name === section} onClick={() => setSection(name)}>{name}</button>
            ))}
          </nav>
          <Shown />
        </main>
      )}
    </>
  );
}

createRoot(document.getElementById('root')!).render(<StrictMode><Page /></StrictMode>);
