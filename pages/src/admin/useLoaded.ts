import { useEffect, useState } from 'react';
import { asMessage } from '../shared/errors';

/** Load something when the page asks for something else, and again when `reload` is called. */
export function useLoaded<Value>(load: () => Promise<Value>, asksFor: readonly unknown[]) {
  const [value, setValue] = useState<Value | null>(null);
  const [error, setError] = useState('');
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isLatest = true;
    load().then(
      (loaded) => { if (isLatest) { setValue(loaded); setError(''); } },
      (thrown) => isLatest && setError(asMessage(thrown)),
    );
    return () => { isLatest = false; };
  }, [...asksFor, round]);
  const reload = () => setRound((before) => before + 1);

  /** Run a change, and show its result or why it failed. */
  const attempt = (change: () => Promise<unknown>) => void change().then(reload, (thrown) => setError(asMessage(thrown)));
  return { value, error, reload, attempt };
}
