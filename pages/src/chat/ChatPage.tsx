import { useState } from 'react';
import { chat } from '../shared/chat';
import { useStore } from '../shared/useStore';
import { useWords } from '../shared/words';
import { useSessionId } from './address';
import { ChatHeader } from './ChatHeader';
import { Conversation } from './Conversation';
import { Settings } from './Settings';
import { Sidebar } from './Sidebar';

/** The chat: the sessions at the side, and one of them. */
export function ChatPage() {
  const words = useWords();
  const sessionId = useSessionId();
  const connection = useStore(chat.connection);
  const [showsSidebar, setShowsSidebar] = useState(false);
  const [showsSettings, setShowsSettings] = useState(false);
  return (
    <div className={showsSidebar ? 'chat sidebar-shown' : 'chat'}>
      <Sidebar sessionId={sessionId} onChoose={() => setShowsSidebar(false)} onSettings={() => setShowsSettings(true)} />
      <main>
        <button className="icon menu" aria-label={words.menu} aria-expanded={showsSidebar} onClick={() => setShowsSidebar(!showsSidebar)}>☰</button>
        <ChatHeader sessionId={sessionId} onSettings={() => setShowsSettings(true)} />
        {connection === 'waiting' && <p className="notice" role="status">{words.offline}</p>}
        <Conversation key={sessionId ?? 'new'} sessionId={sessionId} />
      </main>
      {showsSettings && <Settings sessionId={sessionId} onClose={() => setShowsSettings(false)} />}
    </div>
  );
}
