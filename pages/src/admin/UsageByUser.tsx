import { useState } from 'react';
import type { Usage } from '@gql-chat/client';
import { Users } from '@gql-chat/client/operations';
import { chat } from '../shared/chat';
import { useLoaded } from './useLoaded';
import { useAdminWords } from './words';

const DIMENSIONS = ['USER', 'DAY', 'MODEL', 'KEY'] as const;
type Dimension = (typeof DIMENSIONS)[number];

/** Everyone's tokens of the last 30 days. */
export function UsageByUser() {
  const words = useAdminWords();
  const [dimension, setDimension] = useState<Dimension>('USER');
  const { value, error } = useLoaded(async () => {
    const from = new Date(Date.now() - 30 * 86_400_000).toISOString();
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const groupBy = [...new Set([dimension, 'USER'] as const)];
    const [rows, { users }] = await Promise.all([chat.usage({ from, groupBy, timeZone }), chat.query(Users, { first: 200 })]);
    return { rows, names: new Map(users!.nodes.map(({ id, username }) => [id, username])) };
  }, [dimension]);
  const most = Math.max(1, ...(value?.rows ?? []).map(({ totalTokens }) => totalTokens));
  const choices = { USER: words.byUser, DAY: words.byDay, MODEL: words.byModel, KEY: words.byKey };
  const titles = { USER: '', DAY: words.day, MODEL: words.model, KEY: words.apiKey };
  const name = (row: Usage) => (dimension === 'DAY' ? row.day && new Date(row.day).toLocaleDateString(words.locale, { day: 'numeric', month: 'short' }) : (row.model ?? row.keyId));
  return (
    <section>
      <div className="choices">
        {DIMENSIONS.map((one) => <button key={one} aria-pressed={one === dimension} onClick={() => setDimension(one)}>{choices[one]}</button>)}
      </div>
      {error && <p role="alert" className="error">{error}</p>}
      {value && !value.rows.length && <p className="quiet">{words.noUsage}</p>}
      <div className="wide">
        <table>
          <thead>
            <tr>
              {dimension !== 'USER' && <th>{titles[dimension]}</th>}
              {[words.user, words.share, words.tokens, words.calls, words.errors].map((title) => <th key={title}>{title}</th>)}
            </tr>
          </thead>
          <tbody>
            {value?.rows.map((row, index) => (
              <tr key={index}>
                {dimension !== 'USER' && <th scope="row">{name(row)}</th>}
                <td>{value.names.get(row.userId ?? '') ?? row.userId}</td>
                <td><meter min={0} max={most} value={row.totalTokens} aria-label={`${row.totalTokens} ${words.tokens}`} /></td>
                <td>{row.totalTokens.toLocaleString(words.locale)}</td>
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
