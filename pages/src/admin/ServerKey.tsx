import { DeleteServerKey, ReloadConfig, ServerKey as ServerKeyQuery, UpdateServerKey } from '@gql-chat/client/operations';
import { chat } from '../shared/chat';
import { Outcome } from '../shared/Outcome';
import { useAction } from '../shared/useAction';
import { useLoaded } from './useLoaded';

/** The key that every user may use, changed for all workers at once. */
export function ServerKey() {
  const { value, error, attempt, reload } = useLoaded(async () => (await chat.query(ServerKeyQuery)), []);
  const key = value?.serverKey;
  const { busy, outcome, submit } = useAction(async (field) => {
    const secret = field('secret');
    await chat.query(UpdateServerKey, { input: { baseUrl: field('baseUrl'), model: field('model'), ...(secret && { secret }) } });
    reload();
    return 'The key is in force at all workers.';
  });
  if (!value) return <p className="quiet">{error || 'Loading …'}</p>;
  return (
    <section className="narrow">
      {error && <p role="alert" className="error">{error}</p>}
      <p className="quiet">{key ? `${key.source === 'STORED' ? 'Stored here' : 'From the settings'}, secret ${key.secretHint}.` : 'There is none.'}</p>
      <form key={key?.updatedAt} onSubmit={submit}>
        <label>Base URL<input name="baseUrl" type="url" required defaultValue={key?.baseUrl} /></label>
        <label>Model<input name="model" required defaultValue={key?.model} /></label>
        <label>Secret, unchanged if empty<input name="secret" type="password" autoComplete="off" /></label>
        <button className="primary" disabled={busy}>Save</button>
        <Outcome outcome={outcome} />
      </form>
      {key?.source === 'STORED' && <button onClick={() => attempt(() => chat.query(DeleteServerKey))}>Delete it, and use the settings’</button>}
      <button onClick={() => attempt(() => chat.query(ReloadConfig))}>Read the configuration files again</button>
    </section>
  );
}
