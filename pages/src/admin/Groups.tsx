import { CreateGroup, DeleteGroups, Groups as GroupsQuery, UpdateGroup } from '@gql-chat/client/operations';
import { chat } from '../shared/chat';
import { Outcome } from '../shared/Outcome';
import { useAction } from '../shared/useAction';
import { useLoaded } from './useLoaded';

/** The groups with their activation codes and quotas. */
export function Groups() {
  const { value: groups, error, attempt, reload } = useLoaded(async () => (await chat.query(GroupsQuery)).groups!, []);
  const { busy, outcome, submit } = useAction(async (field) => {
    await chat.query(CreateGroup, { input: { name: field('name'), monthlyTokenQuota: field('quota') ? Number(field('quota')) : null } });
    reload();
    return 'The group was created. Hand out its activation code.';
  });
  const remove = (id: string, name: string) => {
    if (confirm(`Delete ${name} with the keys that it shares? Members and their chats stay.`)) attempt(() => chat.query(DeleteGroups, { ids: [id] }));
  };
  return (
    <section>
      {error && <p role="alert" className="error">{error}</p>}
      <div className="wide">
        <table>
          <thead><tr><th>Name</th><th>Activation code</th><th>Members</th><th>Tokens a month</th><th>Changes</th></tr></thead>
          <tbody>
            {groups?.map(({ id, name, activationCode, memberCount, monthlyTokenQuota }) => (
              <tr key={id}>
                <th scope="row">{name}</th>
                <td>{activationCode ?? 'closed'}</td>
                <td>{memberCount}</td>
                <td>
                  <input type="number" min={0} aria-label={`Tokens a month of ${name}`} defaultValue={monthlyTokenQuota ?? ''} placeholder="no limit"
                    onBlur={({ target: { value } }) => {
                      const quota = value === '' ? null : Number(value);
                      if (quota !== (monthlyTokenQuota ?? null)) attempt(() => chat.query(UpdateGroup, { input: { id, monthlyTokenQuota: quota } }));
                    }} />
                </td>
                <td>
                  {activationCode && <button onClick={() => attempt(() => chat.query(UpdateGroup, { input: { id, activationCode: null } }))}>Close</button>}
                  <button onClick={() => remove(id, name)}>Delete</button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <form onSubmit={submit} className="narrow">
        <h2>New group</h2>
        <label>Name<input name="name" required /></label>
        <label>Tokens a month, without a limit if empty<input name="quota" type="number" min={0} /></label>
        <button className="primary" disabled={busy}>Create</button>
        <Outcome outcome={outcome} />
      </form>
    </section>
  );
}
