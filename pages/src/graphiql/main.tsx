import './nonce';
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '../shared/theme.css';
import './graphiql.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { GraphiQL } from 'graphiql';
import { SignIn } from '../shared/SignIn';
import { chat } from '../shared/chat';
import { useStore } from '../shared/useStore';
import { fetcher } from './fetcher';
import { tabs } from './tabs';

/** GraphiQL, signed in as the pages are. */
function Page() {
  const { signedIn, user } = useStore(chat.auth);
  if (!signedIn) return <SignIn />;
  return (
    <GraphiQL fetcher={fetcher} defaultTabs={tabs} shouldPersistHeaders={false}>
      <GraphiQL.Logo>
        <span className="account">{user?.username} <button className="link" onClick={() => void chat.auth.signOut()}>Sign out</button></span>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

createRoot(document.getElementById('root')!).render(<StrictMode><Page /></StrictMode>);
