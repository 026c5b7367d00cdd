import { useLoaded } from './useLoaded';

interface Readiness {
  status: string;
  checks: Record<string, { status: string; detail?: string }>;
}

/** What `/readyz` says of the server that answers. */
export function Health() {
  const { value, error, reload } = useLoaded(async () => (await (await fetch('/readyz')).json()) as Readiness, []);
  return (
    <section>
      {error && <p role="alert" className="error">{error}</p>}
      {value && (
        <dl>
          <dt>Server</dt><dd>{value.status}</dd>
          {Object.entries(value.checks).map(([name, check]) => <div key={name}><dt>{name}</dt><dd>{check.status} {check.detail}</dd></div>)}
        </dl>
      )}
      <button onClick={reload}>Check again</button>
    </section>
  );
}
