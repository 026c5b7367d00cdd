import { useEffect, useState } from 'react';
import type { SearchHit, Session } from '@gql-chat/client';
import { chat } from '../shared/chat';
import { useStore } from '../shared/useStore';
import { useWords, type Words } from '../shared/words';
import { open } from './address';
import { SessionItem } from './SessionItem';

interface SidebarProps {
  sessionId: string | undefined;
  onChoose: () => void;
  onSettings: () => void;
}

/** The sessions by day, and a search through all messages. */
export function Sidebar({ sessionId, onChoose, onSettings }: SidebarProps) {
  const words = useWords();
  const { value: { sessions, hasMore } } = useStore(chat.sessions);
  const { user, isAdmin } = useStore(chat.auth);
  const [query, setQuery] = useState('');
  const hits = useHits(query);
  const choose = (id?: string) => { open(id); onChoose(); };
  return (
    <nav className="sidebar" aria-label={words.sessions}>
      <button className="primary" onClick={() => choose()}>{words.newChat}</button>
      <input type="search" aria-label={words.search} placeholder={words.search} value={query} onChange={(event) => setQuery(event.target.value)} />
      <div className="sidebar-list">
        {hits ? <Hits hits={hits} onChoose={choose} /> : groupedByDay(sessions, words).map(([day, group]) => (
          <section key={day}>
            <h2>{day}</h2>
            <ul>{group.map((session) => <SessionItem key={session.id} session={session} isOpen={session.id === sessionId} onChoose={choose} />)}</ul>
          </section>
        ))}
        {!hits && hasMore && <button className="link" onClick={() => void chat.sessions.loadMore()}>{words.older}</button>}
      </div>
      <footer>
        <span className="account-name">{user?.username}</span>
        {isAdmin && <a href="/admin/">{words.administration}</a>}
        <button className="link" onClick={onSettings}>{words.settings}</button>
      </footer>
    </nav>
  );
}

function Hits({ hits, onChoose }: { hits: SearchHit[]; onChoose: (id: string) => void }) {
  const words = useWords();
  async function show({ message }: SearchHit) {
    await chat.selectBranch(message.id);
    onChoose(message.sessionId);
  }
  if (!hits.length) return <p className="quiet">{words.noHits}</p>;
  return (
    <ul>
      {hits.map((hit) => (
        <li key={hit.message.id}>
          <button className="hit" onClick={() => void show(hit)}>
            {hit.snippet.map(({ text, isMatch }, index) => (isMatch ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>))}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Search once the user has stopped typing. Null without a query. */
function useHits(query: string): SearchHit[] | null {
  const [hits, setHits] = useState<SearchHit[] | null>(null);
  useEffect(() => {
    if (!query.trim()) return setHits(null);
    let isLatest = true;
    const timer = setTimeout(() => {
      chat.search(query, { first: 20 }).then(({ hits }) => isLatest && setHits(hits), () => isLatest && setHits([]));
    }, 200);
    return () => { isLatest = false; clearTimeout(timer); };
  }, [query]);
  return hits;
}

function groupedByDay(sessions: readonly Session[], words: Words & { locale: string }): [string, Session[]][] {
  const groups = new Map<string, Session[]>();
  const today = new Date().toDateString();
  const yesterday = new Date(Date.now() - 86_400_000).toDateString();
  for (const session of sessions) {
    const date = new Date(session.lastMessageAt ?? session.createdAt);
    const day = date.toDateString();
    const label = session.pinned ? words.pinned : day === today ? words.today : day === yesterday ? words.yesterday
      : date.toLocaleDateString(words.locale, { day: 'numeric', month: 'long', year: 'numeric' });
    groups.set(label, [...(groups.get(label) ?? []), session]);
  }
  return [...groups].sort(([a], [b]) => Number(b === words.pinned) - Number(a === words.pinned));
}
