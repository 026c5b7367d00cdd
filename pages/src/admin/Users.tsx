import { useState } from 'react';
import { UpdateUser, Users as UsersQuery } from '@gql-chat/client/operations';
import { chat } from '../shared/chat';
import { useStore } from '../shared/useStore';
import { useLoaded } from './useLoaded';
import { useAdminWords } from './words';

/** All users: found by name, their roles, and who may sign in. */
export function Users() {
  const words = useAdminWords();
  const [search, setSearch] = useState('');
  const [first, setFirst] = useState(50);
  const { user: self } = useStore(chat.auth);
  const load = async () => (await chat.query(UsersQuery, { first, search: search || null })).users!;
  const { value: users, error, attempt } = useLoaded(load, [search, first]);
  const change = (id: string, part: { role?: 'ADMIN' | 'USER'; status?: 'ACTIVE' | 'DISABLED'; monthlyTokenQuota?: number | null }) =>
    attempt(() => chat.query(UpdateUser, { input: { id, ...part } }));
  return (
    <section>
      <label>{words.findUser}<input type="search" value={search} onChange={(event) => setSearch(event.target.value)} /></label>
      {error && <p role="alert" className="error">{error}</p>}
      <div className="wide">
        <table>
          <thead>
            <tr>
              {[words.username, words.email, words.role, words.groups, words.tokensAMonth, words.lastSignIn, words.status].map((name) => <th key={name}>{name}</th>)}
            </tr>
          </thead>
          <tbody>
            {users?.nodes.map(({ id, username, email, role, groups, monthlyTokenQuota, lastLoginAt, status }) => (
              <tr key={id}>
                <th scope="row">{username}</th>
                <td>{email}</td>
                <td>
                  <select aria-label={words.roleOf(username)} value={role} disabled={id === self?.id}
                    onChange={(event) => change(id, { role: event.target.value as 'ADMIN' | 'USER' })}>
                    <option value="USER">{words.roles.USER}</option><option value="ADMIN">{words.roles.ADMIN}</option>
                  </select>
                </td>
                <td>{groups.map(({ name }) => name).join(', ')}</td>
                <td>
                  <input type="number" min={0} aria-label={words.tokensAMonthOf(username)} defaultValue={monthlyTokenQuota ?? ''} placeholder={words.byServer}
                    onBlur={({ target: { value } }) => {
                      const quota = value === '' ? null : Number(value);
                      if (quota !== (monthlyTokenQuota ?? null)) change(id, { monthlyTokenQuota: quota });
                    }} />
                </td>
                <td>{lastLoginAt && new Date(lastLoginAt).toLocaleString(words.locale)}</td>
                <td>
                  <button disabled={id === self?.id} onClick={() => change(id, { status: status === 'ACTIVE' ? 'DISABLED' : 'ACTIVE' })}>
                    {status === 'ACTIVE' ? words.disable : words.enable}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {users && <p className="quiet">{words.shown(users.nodes.length, users.totalCount)}</p>}
      {users?.pageInfo.hasNextPage && first < 200 && <button onClick={() => setFirst(200)}>{words.showMore}</button>}
    </section>
  );
}
