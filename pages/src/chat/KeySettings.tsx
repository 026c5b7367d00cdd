import { useState } from 'react';
import type { Key } from '@gql-chat/client';
import { chat } from '../shared/chat';
import { asMessage } from '../shared/errors';
import { Outcome } from '../shared/Outcome';
import { useAction } from '../shared/useAction';
import { useStore } from '../shared/useStore';
import { useWords } from '../shared/words';

/** The keys that the user can use, and a form for another one. */
export function KeySettings() {
  const words = useWords();
  const { value: keys, status } = useStore(chat.keys);
  const { busy, outcome, submit } = useAction(async (field) => {
    await chat.keys.create({ name: field('name'), baseUrl: field('baseUrl'), model: field('model'), secret: field('secret') });
    return words.done;
  });
  return (
    <>
      {status === 'ready' && !keys.length && <p className="quiet">{words.serverKey}</p>}
      <ul className="keys">{keys.map((key) => <KeyItem key={key.id} apiKey={key} />)}</ul>
      <form onSubmit={submit} aria-label={words.addKey}>
        <h3>{words.addKey}</h3>
        <label>{words.name}<input name="name" required maxLength={100} /></label>
        <label>{words.baseUrl}<input name="baseUrl" type="url" required placeholder="https://api.openai.com/v1" /></label>
        <label>{words.model}<input name="model" required /></label>
        <label>{words.secret}<input name="secret" type="password" autoComplete="off" /></label>
        <button className="primary" disabled={busy}>{words.addKey}</button>
        <Outcome outcome={outcome} />
      </form>
    </>
  );
}

function KeyItem({ apiKey: { id, name, model, secretHint, group } }: { apiKey: Key }) {
  const words = useWords();
  const [outcome, setOutcome] = useState<{ text: string; failed: boolean } | null>(null);
  const attempt = (action: () => Promise<{ text: string; failed: boolean } | null>) =>
    void action().then(setOutcome, (thrown) => setOutcome({ text: asMessage(thrown), failed: true }));
  const test = () => attempt(async () => {
    const { ok, error } = await chat.keys.test({ id });
    return ok ? { text: words.testOk, failed: false } : { text: error?.message ?? words.failed, failed: true };
  });
  return (
    <li>
      <strong>{name}</strong> <span className="quiet">{model} {secretHint} {group && `${words.shared} ${group.name}`}</span>
      <button aria-label={`${words.test}: ${name}`} onClick={test}>{words.test}</button>
      {!group && <button aria-label={`${words.remove}: ${name}`} onClick={() => attempt(async () => { await chat.keys.delete([id]); return null; })}>{words.remove}</button>}
      <Outcome outcome={outcome} />
    </li>
  );
}
