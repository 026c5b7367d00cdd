import { useState } from 'react';
import type { Session } from '@gql-chat/client';
import { chat } from '../shared/chat';
import { useWords } from '../shared/words';
import { open } from './address';

interface SessionItemProps {
  session: Session;
  isOpen: boolean;
  onChoose: (id: string) => void;
}

/** A session in the list, and what can be done with it. */
export function SessionItem({ session, isOpen, onChoose }: SessionItemProps) {
  const words = useWords();
  const [isRenaming, setRenaming] = useState(false);
  const title = session.title || words.untitled;
  const rename = (name: string) => {
    setRenaming(false);
    if (name.trim() && name !== session.title) void chat.sessions.rename(session.id, name.trim());
  };
  const remove = async () => {
    if (!confirm(words.removeChat)) return;
    await chat.sessions.delete([session.id]);
    if (isOpen) open();
  };
  if (isRenaming) {
    return (
      <li>
        <input autoFocus aria-label={words.rename} defaultValue={session.title ?? ''} maxLength={200} onBlur={(event) => rename(event.target.value)}
          onKeyDown={(event) => { if (event.key === 'Enter') rename(event.currentTarget.value); if (event.key === 'Escape') setRenaming(false); }} />
      </li>
    );
  }
  return (
    <li className={isOpen ? 'session open' : 'session'}>
      <button className="title" aria-current={isOpen ? 'page' : undefined} title={title} onClick={() => onChoose(session.id)}>{title}</button>
      <details className="actions" onBlur={(event) => { if (!event.currentTarget.contains(event.relatedTarget)) event.currentTarget.open = false; }}>
        <summary aria-label={words.more}>⋯</summary>
        <div>
          <button onClick={() => setRenaming(true)}>{words.rename}</button>
          <button onClick={() => void chat.sessions.pin(session.id, !session.pinned)}>{session.pinned ? words.unpin : words.pin}</button>
          <button onClick={() => void remove()}>{words.remove}</button>
        </div>
      </details>
    </li>
  );
}
