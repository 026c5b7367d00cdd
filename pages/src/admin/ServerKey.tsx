import { DeleteServerKey, ReloadConfig, ServerKey as ServerKeyQuery, UpdateServerKey } from '@gql-chat/client/operations';
import { chat } from '../shared/chat';
import { Outcome } from '../shared/Outcome';
import { useAction } from '../shared/useAction';
import { useLoaded } from './useLoaded';
import { useAdminWords } from './words';

/** The key that every user may use, changed for all workers at once. */
export function ServerKey() {
  const words = useAdminWords();
  const { value, error, attempt, reload } = useLoaded(async () => (await chat.query(ServerKeyQuery)), []);
  const key = value?.serverKey;
  const { busy, outcome, submit } = useAction(async (field) => {
    const secret = field('secret');
    await chat.query(UpdateServerKey, { input: { baseUrl: field('baseUrl'), model: field('model'), ...(secret && { secret }) } });
    reload();
    return words.keySaved;
  });
  if (!value) return <p className="quiet">{error || words.loading}</p>;
  return (
    <section className="narrow">
      {error && <p role="alert" className="error">{error}</p>}
      <p className="quiet">{key ? words.secretHint(words.keySource[key.source], key.secretHint) : words.noKey}</p>
      <form key={key?.updatedAt} onSubmit={submit}>
        <label>{words.baseUrl}<input name="baseUrl" type="url" required defaultValue={key?.baseUrl} /></label>
        <label>{words.model}<input name="model" required defaultValue={key?.model} /></label>
        <label>{words.newSecret}<input name="secret" type="password" autoComplete="off" /></label>
        <button className="primary" disabled={busy}>{words.save}</button>
        <Outcome outcome={outcome} />
      </form>
      {key?.source === 'STORED' && <button onClick={() => attempt(() => chat.query(DeleteServerKey))}>{words.removeKey}</button>}
      <button onClick={() => attempt(() => chat.query(ReloadConfig))}>{words.reload}</button>
    </section>
  );
}
