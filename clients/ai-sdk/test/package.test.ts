import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lintPacked } from '../../testing/packed.ts';

test('publint and attw find nothing to say about the package that npm packs', () => {
  assert.match(lintPacked(fileURLToPath(new URL('..', import.meta.url))), /All good/);
});
