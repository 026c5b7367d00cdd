import { CreateGroup, DeleteGroups, Groups as GroupsQuery, UpdateGroup } from '@gql-chat/client/operations';
import { chat } from '../shared/chat';
import { Outcome } from '../shared/Outcome';
import { useAction } from '../shared/useAction';
import { useLoaded } from './useLoaded';
import { useAdminWords } from './words';

/** The groups with their activation codes and quotas. */
export function Groups() {
  const words = useAdminWords();
  const { value: groups, error, attempt, reload } = useLoaded(async () => (await chat.query(GroupsQuery)).groups!, []);
  const { busy, outcome, submit } = useAction(async (field) => {
    await chat.query(CreateGroup, { input: { name: field('name'), monthlyTokenQuota: field('quota') ? Number(field('quota')) : null } });
    reload();
    return words.groupCreated;
  });
  const remove = (id: string, name: string) => {
    if (confirm(words.removeGroup(name))) attempt(() => chat.query(DeleteGroups, { ids: [id] }));
  };
  return (
    <section>
      {error && <p role="alert" className="error">{error}</p>}
      <div className="wide">
        <table>
          <thead><tr>{[words.name, words.activationCode, words.members, words.tokensAMonth, words.changes].map((name) => <th key={name}>{name}</th>)}</tr></thead>
          <tbody>
            {groups?.map(({ id, name, activationCode, memberCount, monthlyTokenQuota }) => (
              <tr key={id}>
                <th scope="row">{name}</th>
                <td>{activationCode ?? words.closed}</td>
                <td>{memberCount}</td>
                <td>
                  <input type="number" min={0} aria-label={words.tokensAMonthOf(name)} defaultValue={monthlyTokenQuota ?? ''} placeholder={words.unlimited}
                    onBlur={({ target: { value } }) => {
                      const quota = value === '' ? null : Number(value);
                      if (quota !== (monthlyTokenQuota ?? null)) attempt(() => chat.query(UpdateGroup, { input: { id, monthlyTokenQuota: quota } }));
                    }} />
                </td>
                <td>
                  {activationCode && <button onClick={() => attempt(() => chat.query(UpdateGroup, { input: { id, activationCode: null } }))}>{words.closeGroup}</button>}
                  <button onClick={() => remove(id, name)}>{words.remove}</button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <form onSubmit={submit} className="narrow">
        <h2>{words.newGroup}</h2>
        <label>{words.name}<input name="name" required /></label>
        <label>{words.groupQuota}<input name="quota" type="number" min={0} /></label>
        <button className="primary" disabled={busy}>{words.create}</button>
        <Outcome outcome={outcome} />
      </form>
    </section>
  );
}
