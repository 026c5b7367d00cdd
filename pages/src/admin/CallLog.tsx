import { useState } from 'react';
import { CallLogs } from '@gql-chat/client/operations';
import { chat } from '../shared/chat';
import { useLoaded } from './useLoaded';

const ALL = '';

/** Everyone's calls to models, newest first. */
export function CallLog() {
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
        <label>Status<select value={status} onChange={choose(setStatus)}><option value={ALL}>all</option><option>SUCCESS</option><option>ERROR</option></select></label>
        <label>Purpose
          <select value={purpose} onChange={choose(setPurpose)}><option value={ALL}>all</option><option>REPLY</option><option>TITLE</option><option>TEST</option></select>
        </label>
        <label>Model<input value={model} onChange={choose(setModel)} /></label>
      </div>
      {error && <p role="alert" className="error">{error}</p>}
      <div className="wide">
        <table>
          <thead><tr><th>When</th><th>Purpose</th><th>Model</th><th>Status</th><th>Tokens</th><th>Duration</th><th>Details</th></tr></thead>
          <tbody>
            {calls?.nodes.map((call) => (
              <tr key={call.id}>
                <td>{new Date(call.createdAt).toLocaleString()}</td>
                <td>{call.purpose}</td>
                <td>{call.model}</td>
                <td>{call.status} {call.statusCode}</td>
                <td>{call.usage?.totalTokens}</td>
                <td>{call.durationMs} ms</td>
                <td><details><summary>Show</summary><pre>{JSON.stringify(call, null, 2)}</pre></details></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {calls && <p className="quiet">{calls.totalCount} calls</p>}
      {after && <button onClick={() => setAfter(null)}>Newest</button>}
      {calls?.pageInfo.hasNextPage && <button onClick={() => setAfter(calls.pageInfo.endCursor)}>Older</button>}
    </section>
  );
}
