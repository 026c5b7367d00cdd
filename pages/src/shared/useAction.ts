import { useState, type FormEvent } from 'react';
import { asMessage } from './errors';

/** Run what a form asks for, and say how it went. */
export function useAction(action: (field: (name: string) => string) => Promise<string>) {
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<{ text: string; failed: boolean } | null>(null);
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const values = new FormData(form);
    setBusy(true);
    setOutcome(null);
    try {
      setOutcome({ text: await action((name) => String(values.get(name) ?? '')), failed: false });
      form.reset();
    } catch (thrown) {
      setOutcome({ text: asMessage(thrown), failed: true });
    } finally {
      setBusy(false);
    }
  }
  return { busy, outcome, submit: (event: FormEvent<HTMLFormElement>) => void submit(event) };
}
