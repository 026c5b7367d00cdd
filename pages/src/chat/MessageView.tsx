import { useState } from 'react';
import type { Message } from '@gql-chat/client';
import { chat } from '../shared/chat';
import { useWords, type Words } from '../shared/words';
import { Markdown } from './Markdown';
import { Parts } from './Parts';

interface MessageViewProps {
  message: Message;
  isLast: boolean;
  attempt: (action: () => Promise<unknown>) => Promise<boolean>;
}

/** A message with its text, its versions and what can be done with it. */
export function MessageView({ message, isLast, attempt }: MessageViewProps) {
  const words = useWords();
  const [isEditing, setEditing] = useState(false);
  const isUser = message.role === 'USER';
  const isStreaming = message.status === 'STREAMING';
  const isSent = !message.id.startsWith('sending:');
  const remark = remarkOn(message, words);
  const canContinue = isLast && (message.status === 'STOPPED' || message.status === 'INTERRUPTED' || message.finishReason === 'LENGTH');

  if (isEditing) {
    const save = (text: string) => { setEditing(false); void attempt(() => chat.edit({ messageId: message.id, text }).reply.started); };
    return <Editor text={message.text} onSave={save} onCancel={() => setEditing(false)} />;
  }
  return (
    <article className={isUser ? 'message user' : 'message assistant'} aria-label={isUser ? words.you : words.assistant} aria-busy={isStreaming}>
      {message.reasoning && <details className="reasoning" open={isStreaming && !message.text}><summary>{words.reasoning}</summary><p>{message.reasoning}</p></details>}
      {isUser ? <p className="written">{message.text}</p> : <Markdown text={message.text} />}
      <Parts parts={message.parts} />
      {isStreaming && !message.text && !message.reasoning && <p className="quiet">{words.thinking}</p>}
      {remark && <p className={message.status === 'FAILED' ? 'error' : 'quiet'} role="status">{remark}</p>}
      {isSent && !isStreaming && (
        <div className="message-actions">
          <Versions message={message} attempt={attempt} />
          <CopyButton text={message.text} />
          {isUser
            ? <button onClick={() => setEditing(true)}>{words.edit}</button>
            : <button onClick={() => void attempt(() => chat.regenerate(message.id).started)}>{words.regenerate}</button>}
          {canContinue && <button onClick={() => void attempt(() => chat.continue(message.id).started)}>{words.continue}</button>}
          {message.usage && <span className="quiet">{[message.model, `${message.usage.totalTokens} ${words.tokens}`].filter(Boolean).join(' · ')}</span>}
        </div>
      )}
    </article>
  );
}

/** The versions of a message, of which each begins a branch: ‹ 2/3 › */
function Versions({ message: { id, siblingIds }, attempt }: Pick<MessageViewProps, 'message' | 'attempt'>) {
  const words = useWords();
  if (siblingIds.length < 2) return null;
  const place = siblingIds.indexOf(id);
  const select = (index: number) => void attempt(() => chat.selectBranch(siblingIds[index]!));
  return (
    <span className="versions">
      <button aria-label={words.previousBranch} disabled={place === 0} onClick={() => select(place - 1)}>‹</button>
      {place + 1}/{siblingIds.length}
      <button aria-label={words.nextBranch} disabled={place === siblingIds.length - 1} onClick={() => select(place + 1)}>›</button>
    </span>
  );
}

export function CopyButton({ text }: { text: string }) {
  const words = useWords();
  const [isCopied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(text).then(() => { setCopied(true); setTimeout(() => setCopied(false), 1500); });
  return <button onClick={copy}>{isCopied ? words.copied : words.copy}</button>;
}

function Editor({ text, onSave, onCancel }: { text: string; onSave: (text: string) => void; onCancel: () => void }) {
  const words = useWords();
  const [edited, setEdited] = useState(text);
  return (
    <form className="message user editing" onSubmit={(event) => { event.preventDefault(); onSave(edited); }}>
      <textarea autoFocus rows={4} aria-label={words.edit} value={edited} onChange={(event) => setEdited(event.target.value)}
        onKeyDown={(event) => { if (event.key === 'Escape') onCancel(); }} />
      <button className="primary" disabled={!edited.trim()}>{words.send}</button>
      <button type="button" onClick={onCancel}>{words.cancel}</button>
    </form>
  );
}

function remarkOn({ status, finishReason, error }: Message, words: Words): string | undefined {
  if (status === 'FAILED') return `${words.failed} ${error?.message ?? ''}`;
  if (status === 'STOPPED') return words.stopped;
  if (status === 'INTERRUPTED') return words.interrupted;
  return finishReason === 'LENGTH' ? words.cut : undefined;
}
