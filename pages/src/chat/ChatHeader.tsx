import { chat } from '../shared/chat';
import { useStore } from '../shared/useStore';
import { useWords } from '../shared/words';
import { branchOf } from './branch';

/** The persona and the model that answer in a chat. A click opens the chat's settings. */
export function ChatHeader({ sessionId, onSettings }: { sessionId: string | undefined; onSettings: () => void }) {
  const words = useWords();
  const { session } = useStore(branchOf(sessionId));
  const { value: keys } = useStore(chat.keys);
  const answering = [session?.persona?.name ?? words.assistant, session?.model ?? session?.key?.name ?? keys[0]?.name];
  return (
    <header className="chat-header">
      <button title={words.chat} onClick={onSettings}>{answering.filter(Boolean).join(' · ')} <span aria-hidden="true">▾</span></button>
    </header>
  );
}
