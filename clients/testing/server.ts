// A real server with SQLite and the demo model, on a free port.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROGRAM = process.env['GQL_CHAT'] ?? fileURLToPath(new URL('../../.venv/bin/gql-chat', import.meta.url));

export interface Server {
  origin: string;
  url: string;
  /** The folder of its database. */
  data: string;
  /** What it has printed since it started: its banner, its log, and the email that it does not send. */
  printed(): string;
  /** Kill the server and start it again at the same address, with the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Start a server with these settings beside those of the tests. */
export async function startServer(settings: Record<string, string> = {}): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), 'gql-chat-'));
  const env = {
    ...process.env, GQL_CHAT_PORT: '0', GQL_CHAT_DATA_DIR: data, GQL_CHAT_RATE_LIMITS: 'off', GQL_CHAT_LOG_FORMAT: 'json', ...settings,
  };
  let { child, origin, printed } = await run(data, env);
  return {
    origin, url: `${origin}/graphql`, data,
    printed: () => printed(),
    async restart() {
      await end(child, 'SIGKILL');
      ({ child, printed } = await run(data, { ...env, GQL_CHAT_PORT: new URL(origin).port }));
    },
    async stop() {
      await end(child, 'SIGTERM');
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function run(cwd: string, env: NodeJS.ProcessEnv): Promise<{ child: ChildProcess; origin: string; printed: () => string }> {
  const child = spawn(PROGRAM, ['serve'], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const origin = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output);
      if (found) resolve(found[0]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', (code) => reject(new Error(`The server ended with ${code}: ${output}`)));
  });
  for (;;) {
    if (await fetch(`${origin}/readyz`).then(({ ok }) => ok, () => false)) return { child, origin, printed: () => output };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}
