import { chat } from '../shared/chat';
import { Outcome } from '../shared/Outcome';
import { useAction } from '../shared/useAction';
import { useStore } from '../shared/useStore';
import { useWords } from '../shared/words';
import { open } from './address';
import { branchOf } from './branch';

/** What one chat is held with: persona or own system prompt, key and model. A new chat begins when they are saved. */
export function ChatSettings({ sessionId }: { sessionId: string | undefined }) {
  const words = useWords();
  const { session } = useStore(branchOf(sessionId));
  const { value: personas } = useStore(chat.personas);
  const { value: keys } = useStore(chat.keys);
  const { busy, outcome, submit } = useAction(async (field) => {
    const chosen = {
      persona: field('persona') || null, systemPrompt: field('systemPrompt') || null,
      keyId: field('key') || null, model: field('model') || null,
    };
    if (sessionId) await chat.sessions.update({ id: sessionId, ...chosen });
    else open((await chat.sessions.create(chosen)).id);
    return words.done;
  });
  if (sessionId && !session) return <p className="quiet">{words.loading}</p>;
  return (
    <form key={session?.updatedAt} onSubmit={submit}>
      <label>{words.persona}
        <select name="persona" defaultValue={session?.persona?.name ?? ''}>
          <option value="">{words.byDefault}</option>
          {personas.map(({ name }) => <option key={name}>{name}</option>)}
        </select>
      </label>
      <label>{words.systemPrompt}<textarea name="systemPrompt" rows={4} defaultValue={session?.systemPrompt ?? ''} /></label>
      <p className="quiet">{words.systemPromptHint}</p>
      <label>{words.key}
        <select name="key" defaultValue={session?.key?.id ?? ''}>
          <option value="">{words.byDefault}</option>
          {keys.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
        </select>
      </label>
      <label>{words.model}<input name="model" defaultValue={session?.model ?? ''} placeholder={words.byDefault} /></label>
      <button className="primary" disabled={busy}>{words.save}</button>
      <Outcome outcome={outcome} />
    </form>
  );
}
