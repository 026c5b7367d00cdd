import './nonce';
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '../shared/theme.css';
import './graphiql.css';
import { StrictMode, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
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
        <span className="account"><span>{user?.username} </span><button className="link" onClick={() => void chat.auth.signOut()}>Sign out</button></span>
        <SystemTheme />
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

/** Has the editors follow the system from light to dark, as the rest of the page does. GraphiQL asks for it once. */
function SystemTheme() {
  const theme = useGraphiQL((state) => state.theme);
  const { setTheme } = useGraphiQLActions();
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setTheme(theme);
    dark.addEventListener('change', follow);
    return () => dark.removeEventListener('change', follow);
  }, [theme, setTheme]);
  return null;
}

createRoot(document.getElementById('root')!).render(<StrictMode><Page /></StrictMode>);
