import '../shared/theme.css';
import './chat.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { SignIn } from '../shared/SignIn';
import { chat } from '../shared/chat';
import { useStore } from '../shared/useStore';
import { ChatPage } from './ChatPage';

function Page() {
  const { signedIn, user } = useStore(chat.auth);
  return signedIn ? <ChatPage key={user?.id} /> : <SignIn />;
}

createRoot(document.getElementById('root')!).render(<StrictMode><Page /></StrictMode>);
