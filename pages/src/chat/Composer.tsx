import { useRef, useState, type ClipboardEvent, type KeyboardEvent } from 'react';
import { useWords } from '../shared/words';
import type { Attachments } from './attachments';

interface ComposerProps {
  attachments: Attachments;
  /** Returns whether the message was sent. */
  onSend: (text: string) => Promise<boolean>;
  /** Given while a reply is being written. */
  onStop: (() => void) | undefined;
}

/** Where the next message is written. Enter sends it, Shift+Enter begins a line. */
export function Composer({ attachments, onSend, onStop }: ComposerProps) {
  const words = useWords();
  const [text, setText] = useState('');
  const picker = useRef<HTMLInputElement>(null);
  const isReady = !!text.trim() && !onStop && attachments.files.every(({ file }) => file);

  async function send() {
    if (!isReady) return;
    setText('');
    if (!(await onSend(text))) setText((newer) => newer || text);
  }

  function press(event: KeyboardEvent) {
    // While an input method composes, Enter chooses a character.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  }

  function paste(event: ClipboardEvent) {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    attachments.add(files);
  }

  return (
    <form className="composer" onSubmit={(event) => { event.preventDefault(); void send(); }}>
      {!!attachments.files.length && (
        <ul className="attachments">
          {attachments.files.map((attachment) => (
            <li key={attachment.id}>
              {attachment.name}
              {!attachment.file && <progress value={attachment.progress} aria-label={attachment.name} />}
              <button type="button" className="icon" aria-label={`${words.detach}: ${attachment.name}`} onClick={() => attachments.remove(attachment)}>✕</button>
            </li>
          ))}
        </ul>
      )}
      <div className="composer-line">
        <input ref={picker} type="file" multiple hidden onChange={(event) => { attachments.add([...event.target.files!]); event.target.value = ''; }} />
        <button type="button" className="icon" aria-label={words.attach} onClick={() => picker.current?.click()}>+</button>
        <textarea rows={1} autoFocus aria-label={words.write} placeholder={words.write} value={text}
          onChange={(event) => setText(event.target.value)} onKeyDown={press} onPaste={paste} />
        {onStop
          ? <button type="button" className="primary" onClick={onStop}>{words.stop}</button>
          : <button className="primary" disabled={!isReady}>{words.send}</button>}
      </div>
    </form>
  );
}
