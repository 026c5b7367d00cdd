import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lintPacked } from '../../testing/packed.ts';
import { bundledBytes } from '../../testing/size.ts';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const MOST_BYTES = 3 * 1024;

test('a browser downloads at most 3 KB for it, without the AI SDK and the client', async () => {
  const bytes = await bundledBytes(join(PACKAGE, 'dist/react.js'), ['@ai-sdk/react', '@gql-chat/client', 'react']);
  assert.ok(bytes <= MOST_BYTES, `${bytes} bytes`);
});

test('publint and attw find nothing to say about the package that npm packs', () => {
  assert.match(lintPacked(PACKAGE), /All good/);
});
