import { useLoaded } from './useLoaded';
import { useAdminWords } from './words';

type State = 'ok' | 'degraded' | 'down';
interface Readiness {
  status: State;
  checks: Partial<Record<'database' | 'redis' | 'server', { status: State; detail?: string }>>;
}

/** What `/readyz` says of the server that answers. */
export function Health() {
  const words = useAdminWords();
  const { value, error, reload } = useLoaded(async () => (await (await fetch('/readyz')).json()) as Readiness, []);
  return (
    <section>
      {error && <p role="alert" className="error">{error}</p>}
      {value && (
        <dl>
          <dt>{words.server}</dt><dd>{words.states[value.status]}</dd>
          {(Object.keys(value.checks) as (keyof Readiness['checks'])[]).map((name) => (
            <div key={name}><dt>{words.parts[name]}</dt><dd>{words.states[value.checks[name]!.status]} {value.checks[name]!.detail}</dd></div>
          ))}
        </dl>
      )}
      <button onClick={reload}>{words.checkAgain}</button>
    </section>
  );
}
