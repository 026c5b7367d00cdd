import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as graphql from 'graphql';
import * as generated from '../../clients/client/src/generated/operations.ts';
import { readOperations } from '../../clients/client/scripts/operations.ts';

test('the pages ask for the very texts that clients ask for, which an operator may have on a list', () => {
  const { operations } = readOperations(graphql);
  assert.deepEqual(Object.fromEntries(operations.map(({ name, text }) => [name, text])), { ...generated });
});
