import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServer, type Server } from '../../testing/server.ts';

const PAGE = new URL('../../../docs/clients/client.md', import.meta.url);

let server: Server;

before(async () => {
  server = await startServer();
});
after(() => server.stop());

/** Run a script to its end, and return the lines that it prints. */
async function run(code: string): Promise<string[]> {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const args = ['--input-type=module-typescript', '--eval', code.replace('http://127.0.0.1:8000/graphql', server.url)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 60_000 });
  return stdout.trim().split('\n');
}

test('the code of the page runs as it stands there', async () => {
  const [, code] = /```ts\n([^]*?)```/.exec(readFileSync(PAGE, 'utf8'))!;
  const lines = await run(code!);
  assert.ok(lines.includes('1, 2, 3, 4, 5. 🎉'), lines.join('\n'));
  assert.equal(lines.at(-1), 'BAD_USER_INPUT input.text');
});

for (const sockets of ['undefined', 'null']) {
  test(`a script ends once it has closed its client, whatever it follows (webSocketImpl: ${sockets})`, async () => {
    const lines = await run(`
      import { createGqlChat } from '@gql-chat/client';
      const chat = createGqlChat({ url: 'http://127.0.0.1:8000/graphql', webSocketImpl: ${sockets} });
      await chat.auth.signUp({ username: 'user-${sockets}', email: '${sockets}@example.com', password: 'correct horse battery' });
      chat.sessions.subscribe(() => undefined);
      const { reply } = chat.send({ text: 'Count to 1000' });
      for await (const text of reply) if (text) break;
      chat.close();
      await reply.finished.catch(({ code }) => console.log(code));`);
    assert.deepEqual(lines, ['ABORTED']);
  });
}
