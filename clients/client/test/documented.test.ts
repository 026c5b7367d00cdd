import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServer } from '../../testing/server.ts';

const PAGE = new URL('../../../docs/clients/client.md', import.meta.url);

test('the code of the page runs as it stands there', async () => {
  const [, code] = /```ts\n([^]*?)```/.exec(readFileSync(PAGE, 'utf8'))!;
  const server = await startServer();
  try {
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    const args = ['--input-type=module-typescript', '--eval', code!.replace('http://127.0.0.1:8000/graphql', server.url)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 60_000 });
    const lines = stdout.trim().split('\n');
    assert.ok(lines.includes('1, 2, 3, 4, 5. 🎉'), stdout);
    assert.equal(lines.at(-1), 'BAD_USER_INPUT input.text');
  } finally {
    await server.stop();
  }
});
