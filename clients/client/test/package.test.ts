import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const MOST_BYTES = 12 * 1024;
const tool = (path: string, ...args: string[]) =>
  execFileSync(process.execPath, [fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url)), ...args], { cwd: PACKAGE, encoding: 'utf8' });

test('a browser downloads at most 12 KB for it, without the libraries', async () => {
  const { outputFiles } = await build({
    entryPoints: [join(PACKAGE, 'dist/index.js')], bundle: true, minify: true, format: 'esm', external: ['graphql-ws', 'graphql-sse'], write: false,
  });
  const bytes = gzipSync(outputFiles[0]!.contents).length;
  assert.ok(bytes <= MOST_BYTES, `${bytes} bytes`);
});

test('publint and attw find nothing to say about the package that npm packs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gql-chat-pack-'));
  try {
    execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: PACKAGE });
    const tarball = join(folder, readdirSync(folder)[0]!);
    assert.match(tool('publint/src/cli.js', '--strict', tarball), /All good/);
    tool('@arethetypeswrong/cli/dist/index.js', '--profile', 'esm-only', tarball); // fails if there is a problem
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
