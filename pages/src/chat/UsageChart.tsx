import { useEffect, useState } from 'react';
import type { Usage } from '@gql-chat/client';
import { chat } from '../shared/chat';
import { useStore } from '../shared/useStore';
import { useWords } from '../shared/words';

const DAYS = 30;
const DIMENSIONS = ['DAY', 'MODEL', 'KEY'] as const;
type Dimension = (typeof DIMENSIONS)[number];

/** The tokens of the last 30 days, by day, model or key, as bars. */
export function UsageChart() {
  const words = useWords();
  const { value: keys } = useStore(chat.keys);
  const [dimension, setDimension] = useState<Dimension>('DAY');
  const [rows, setRows] = useState<Usage[] | null>(null);
  useEffect(() => {
    let isLatest = true;
    const from = new Date(Date.now() - DAYS * 86_400_000).toISOString();
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    chat.usage({ from, groupBy: [dimension], timeZone }).then((loaded) => isLatest && setRows(loaded), () => isLatest && setRows([]));
    return () => { isLatest = false; };
  }, [dimension]);
  const label = ({ day, model, keyId }: Usage) =>
    dimension === 'DAY' ? day && new Date(day).toLocaleDateString(words.locale, { day: 'numeric', month: 'short' }) : dimension === 'MODEL' ? model : (keys.find(({ id }) => id === keyId)?.name ?? keyId);
  const most = Math.max(1, ...(rows ?? []).map(({ totalTokens }) => totalTokens));
  const names = { DAY: words.byDay, MODEL: words.byModel, KEY: words.byKey };
  return (
    <>
      <div className="choices">
        {DIMENSIONS.map((name) => <button key={name} aria-pressed={name === dimension} onClick={() => setDimension(name)}>{names[name]}</button>)}
      </div>
      {rows && !rows.length && <p className="quiet">{words.noUsage}</p>}
      <table className="usage">
        <tbody>
          {rows?.map((row, index) => (
            <tr key={index}>
              <th scope="row">{label(row) ?? '–'}</th>
              <td><meter min={0} max={most} value={row.totalTokens} aria-label={`${row.totalTokens} ${words.tokens}`} /></td>
              <td>{row.totalTokens.toLocaleString(words.locale)} {words.tokens} · {words.calls}: {row.calls}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
