import { useState } from 'react';
import { CallLogs } from '@gql-chat/client/operations';
import { chat } from '../shared/chat';
import { useLoaded } from './useLoaded';
import { useAdminWords } from './words';

const ALL = '';

/** Everyone's calls to models, newest first. */
export function CallLog() {
  const words = useAdminWords();
  const [status, setStatus] = useState(ALL);
  const [purpose, setPurpose] = useState(ALL);
  const [model, setModel] = useState('');
  const [after, setAfter] = useState<string | null>(null);
  const filter = { everyone: true, ...(status && { status }), ...(purpose && { purpose }), ...(model && { model }) } as { everyone: boolean };
  const load = async () => (await chat.query(CallLogs, { first: 50, after, filter })).callLogs!;
  const { value: calls, error } = useLoaded(load, [status, purpose, model, after]);
  const choose = (set: (value: string) => void) => (event: { target: { value: string } }) => { set(event.target.value); setAfter(null); };
  return (
    <section>
      <div className="filters">
        <label>{words.status}<select value={status} onChange={choose(setStatus)}><Options names={words.outcomes} /></select></label>
        <label>{words.purpose}<select value={purpose} onChange={choose(setPurpose)}><Options names={words.purposes} /></select></label>
        <label>{words.model}<input value={model} onChange={choose(setModel)} /></label>
      </div>
      {error && <p role="alert" className="error">{error}</p>}
      <div className="wide">
        <table>
          <thead>
            <tr>
              {[words.when, words.purpose, words.model, words.status, words.tokens, words.duration, words.details].map((name) => <th key={name}>{name}</th>)}
            </tr>
          </thead>
          <tbody>
            {calls?.nodes.map((call) => (
              <tr key={call.id}>
                <td>{new Date(call.createdAt).toLocaleString(words.locale)}</td>
                <td>{words.purposes[call.purpose]}</td>
                <td>{call.model}</td>
                <td>{words.outcomes[call.status]} {call.statusCode}</td>
                <td>{call.usage?.totalTokens?.toLocaleString(words.locale)}</td>
                <td>{call.durationMs} ms</td>
                <td><details><summary>{words.show}</summary><pre>{JSON.stringify(call, null, 2)}</pre></details></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {calls && <p className="quiet">{words.callCount(calls.totalCount)}</p>}
      {after && <button onClick={() => setAfter(null)}>{words.newest}</button>}
      {calls?.pageInfo.hasNextPage && <button onClick={() => setAfter(calls.pageInfo.endCursor)}>{words.next}</button>}
    </section>
  );
}

function Options({ names }: { names: Record<string, string> }) {
  const words = useAdminWords();
  return (
    <>
      <option value={ALL}>{words.all}</option>
      {Object.entries(names).map(([value, name]) => <option key={value} value={value}>{name}</option>)}
    </>
  );
}
