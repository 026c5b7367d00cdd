import { useState } from 'react';
import { Users } from '@gql-chat/client/operations';
import { chat } from '../shared/chat';
import { useLoaded } from './useLoaded';

const DIMENSIONS = { User: 'USER', Day: 'DAY', Model: 'MODEL', Key: 'KEY' } as const;

/** Everyone's tokens of the last 30 days. */
export function UsageByUser() {
  const [dimension, setDimension] = useState<keyof typeof DIMENSIONS>('User');
  const { value, error } = useLoaded(async () => {
    const from = new Date(Date.now() - 30 * 86_400_000).toISOString();
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const groupBy = [...new Set([DIMENSIONS[dimension], 'USER'] as const)];
    const [rows, { users }] = await Promise.all([chat.usage({ from, groupBy, timeZone }), chat.query(Users, { first: 200 })]);
    return { rows, names: new Map(users!.nodes.map(({ id, username }) => [id, username])) };
  }, [dimension]);
  const most = Math.max(1, ...(value?.rows ?? []).map(({ totalTokens }) => totalTokens));
  return (
    <section>
      <div className="choices">
        {(Object.keys(DIMENSIONS) as (keyof typeof DIMENSIONS)[]).map((name) => (
          <button key={name} aria-pressed={name === dimension} onClick={() => setDimension(name)}>By {name.toLowerCase()}</button>
        ))}
      </div>
      {error && <p role="alert" className="error">{error}</p>}
      {value && !value.rows.length && <p className="quiet">Nothing was used in the last 30 days.</p>}
      <div className="wide">
        <table>
          <thead><tr><th>{dimension}</th><th>User</th><th>Share</th><th>Tokens</th><th>Calls</th><th>Errors</th></tr></thead>
          <tbody>
            {value?.rows.map((row, index) => (
              <tr key={index}>
                <th scope="row">{dimension === 'User' ? '' : (row.day?.slice(0, 10) ?? row.model ?? row.keyId)}</th>
                <td>{value.names.get(row.userId ?? '') ?? row.userId}</td>
                <td><meter min={0} max={most} value={row.totalTokens} aria-label={`${row.totalTokens} tokens`} /></td>
                <td>{row.totalTokens.toLocaleString()}</td>
                <td>{row.calls}</td>
                <td>{row.errors}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
