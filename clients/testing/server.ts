// A real server with SQLite and the demo model, on a free port.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = process.env['GQL_CHAT'] ?? fileURLToPath(new URL('../../.venv/bin/gql-chat', import.meta.url));

export interface Server {
  origin: string;
  url: string;
  /** The folder of its database. */
  data: string;
  stop(): Promise<void>;
}

/** Start a server with these settings beside those of the tests. */
export async function startServer(settings: Record<string, string> = {}): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), 'gql-chat-'));
  const env = {
    ...process.env, GQL_CHAT_PORT: '0', GQL_CHAT_DATA_DIR: data, GQL_CHAT_RATE_LIMITS: 'off', GQL_CHAT_LOG_FORMAT: 'json', ...settings,
  };
  const child = spawn(PROGRAM, ['serve'], { env, cwd: data, stdio: ['ignore', 'pipe', 'pipe'] });
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
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(timer);
    rmSync(data, { recursive: true, force: true });
  };
  for (;;) {
    if (await fetch(`${origin}/readyz`).then(({ ok }) => ok, () => false)) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { origin, url: `${origin}/graphql`, data, stop };
}
