import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@gql-chat/client';
import { toRepository } from '../dist/messages.js';

const message = (part: Partial<Message>): Message => ({
  id: 'msg_1', sessionId: 'ses_1', parentId: null, order: 1, role: 'ASSISTANT', text: '', reasoning: null, status: 'COMPLETED', finishReason: 'STOP',
  historyTruncated: false, error: null, model: 'demo', usage: null, parts: [], siblingIds: [part.id ?? 'msg_1'], idempotencyKey: null,
  createdAt: '2026-01-01T00:00:00.000Z', ...part,
});
const convert = (part: Partial<Message>) => toRepository([message(part)], new Map()).messages[0]!.message;

test('a branch is a tree with the other version of each message, in their order, and the same message the same object', () => {
  const branch = [
    message({ id: 'msg_2', role: 'USER', siblingIds: ['msg_1', 'msg_2'] }),
    message({ id: 'msg_4', parentId: 'msg_2', siblingIds: ['msg_3', 'msg_4', 'msg_5'] }),
  ];
  const { headId, messages } = toRepository(branch, new Map());
  assert.deepEqual(messages.map(({ message: { id }, parentId }) => [id, parentId]), [
    ['msg_1', null], ['msg_2', null], ['msg_3', 'msg_2'], ['msg_4', 'msg_2'], ['msg_5', 'msg_2'],
  ]);
  assert.equal(headId, 'msg_4');
  assert.equal(toRepository(branch, new Map()).messages[1]!.message, messages[1]!.message);
});

test('a reply has its reasoning before its text, then images, files and sources', () => {
  const { content } = convert({
    text: 'Here.', reasoning: 'Hm.',
    parts: [
      { __typename: 'TextPart' }, { __typename: 'ImagePart', url: 'https://a.example/a.png', image: null },
      { __typename: 'SourcePart', source: 'https://a.example', title: null },
      { __typename: 'FilePart', file: { id: 'file_1', name: 'a.csv', mediaType: 'text/csv', downloadUrl: 'https://a.example/a.csv' } },
    ],
  });
  assert.deepEqual(content, [
    { type: 'reasoning', text: 'Hm.' }, { type: 'text', text: 'Here.' }, { type: 'image', image: 'https://a.example/a.png' },
    { type: 'source', sourceType: 'url', id: 'https://a.example', url: 'https://a.example' },
    { type: 'file', data: 'https://a.example/a.csv', mimeType: 'text/csv', filename: 'a.csv' },
  ]);
});

test("what a user attached is a message's attachments", () => {
  const { attachments } = convert({
    role: 'USER',
    parts: [
      { __typename: 'ImagePart', url: 'https://a.example/a.png?x=1', image: { id: 'file_1', name: 'cat.png' } },
      { __typename: 'VideoPart', url: 'https://a.example/films/b.mp4' },
    ],
  });
  assert.deepEqual(attachments!.map(({ id, type, name, status }) => [id, type, name, status.type]), [
    ['file_1', 'image', 'cat.png', 'complete'], ['https://a.example/films/b.mp4', 'file', 'b.mp4', 'complete'],
  ]);
});

test('every end of a reply is a status', () => {
  const status = (part: Partial<Message>) => convert(part).status;
  assert.deepEqual(status({ status: 'STREAMING', finishReason: null }), { type: 'running' });
  assert.deepEqual(status({}), { type: 'complete', reason: 'stop' });
  assert.deepEqual(status({ finishReason: 'LENGTH' }), { type: 'incomplete', reason: 'length' });
  assert.deepEqual(status({ finishReason: 'CONTENT_FILTER' }), { type: 'incomplete', reason: 'content-filter' });
  assert.deepEqual(status({ status: 'STOPPED', finishReason: null }), { type: 'incomplete', reason: 'cancelled' });
  assert.deepEqual(status({ status: 'INTERRUPTED', finishReason: null }), { type: 'incomplete', reason: 'error', error: 'The server ended before the reply did.' });
  const failed = { status: 'FAILED', finishReason: null, error: { code: 'RATE_LIMITED', message: 'Slow down.' } } as const;
  assert.deepEqual(status(failed), { type: 'incomplete', reason: 'error', error: 'Slow down.' });
});
