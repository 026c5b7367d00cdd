import { useEffect, useRef, type ReactNode } from 'react';
import { useWords } from './words';

/** A dialog over the page, which Escape, a click beside it and its button close. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const words = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-label={title} onClose={onClose} onClick={(event) => event.target === dialog.current && dialog.current.close()}>
      <header>
        <h2>{title}</h2>
        <button className="icon" aria-label={words.close} onClick={() => dialog.current?.close()}>✕</button>
      </header>
      <div className="dialog-body">{children}</div>
    </dialog>
  );
}
