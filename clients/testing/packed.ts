// The package that npm would publish.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Pack a package, and return what publint says. Fails if attw finds a problem. */
export function lintPacked(folder: string): string {
  const target = mkdtempSync(join(tmpdir(), 'gql-chat-pack-'));
  const tool = (path: string, ...args: string[]) =>
    execFileSync(process.execPath, [fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url)), ...args], { cwd: folder, encoding: 'utf8' });
  try {
    execFileSync('npm', ['pack', '--silent', '--pack-destination', target], { cwd: folder });
    const tarball = join(target, readdirSync(target)[0]!);
    tool('@arethetypeswrong/cli/dist/index.js', '--profile', 'esm-only', tarball);
    return tool('publint/src/cli.js', '--strict', tarball);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}
