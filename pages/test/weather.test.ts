import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { startProxy } from '../../clients/testing/proxy.ts';
import { arrive, lastReply, send, signUp } from './person.ts';

const HOSTILE = [
  '<script>window.hacked = 1</script>', '<img src=x onerror="window.hacked = 1">', '[click](javascript:window.hacked=1)',
  '![pixel](https://evil.example/pixel.png)', '<svg onload="window.hacked = 1"></svg>', '$\\href{javascript:window.hacked=1}{x}$',
  '$\\includegraphics{https://evil.example/y.png}$', '<a href="data:text/html,<script>window.hacked=1</script>">data</a>',
  '```mermaid\ngraph TD; A["<img src=x onerror=window.hacked=1>"]\n```', '<iframe src="https://evil.example"></iframe>', 'The end.',
].join('\n\n');

test('what a model writes never runs, loads nothing, and leads nowhere that could run', async () => {
  const model = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const chunk = { id: '1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content: HOSTILE }, finish_reason: 'stop' }] };
    response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
  });
  await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
  const place = await arrive({
    GQL_CHAT_OPENAI_BASE_URL: `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`, GQL_CHAT_OPENAI_API_KEY: 'x', GQL_CHAT_OPENAI_MODEL: 'm',
  });
  const page = await place.open();
  const foreign: string[] = [];
  page.on('request', (request) => !request.url().startsWith(place.server.origin) && foreign.push(request.url()));
  await signUp(page, 'ada');
  await send(page, HOSTILE);
  assert.match(await lastReply(page), /The end\.$/);
  await page.locator('.katex').first().waitFor();
  const reply = page.getByRole('article', { name: 'Assistant' }).last();
  assert.equal(await reply.locator('script, iframe, img, svg[onload], [onerror]').count(), 0);
  const targets = await page.locator('article a').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
  assert.deepEqual(targets.filter((target) => !/^(https?:\/\/.*)?$/.test(target)), []);
  assert.equal(await page.evaluate(() => 'hacked' in window), false);
  assert.deepEqual(foreign, []);
  await place.close();
  model.close();
});

test('a network that breaks in the middle of a reply leaves no seam', async () => {
  const place = await arrive();
  const proxy = await startProxy(place.server.origin);
  const page = await place.open();
  await page.goto(proxy.url.replace('/graphql', '/'));
  await signUp(page, 'ben');
  await send(page, 'Count to 300');
  for (const seen of ['10, 11', '60, 61', '120, 121']) {
    await page.getByText(seen).waitFor();
    proxy.cut();
  }
  await page.context().setOffline(true);
  proxy.cut();
  await page.getByText('Connection lost.').waitFor();
  await page.context().setOffline(false);
  assert.equal(await lastReply(page), `${Array.from({ length: 300 }, (_, index) => index + 1).join(', ')}. 🎉`);
  await proxy.close();
  await place.close();
});

test('a server that is killed and started again in the middle of a reply is found again, and the reply goes on', async () => {
  const place = await arrive();
  const page = await place.open();
  await signUp(page, 'cyd');
  await send(page, 'Count to 400');
  // More than what the server stores every two seconds.
  await page.getByText('140, 141').waitFor();
  await place.server.restart();
  await page.getByText('The server was interrupted.').waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Stop' }).waitFor();
  assert.match(await lastReply(page), /^1, 2, 3, .*10, 11/);
  await place.close();
});

test('the chat is small, and there at once', async () => {
  const place = await arrive();
  const page = await place.open();
  await signUp(page, 'dee');
  await send(page, 'Show me some code');
  await lastReply(page);
  const bytes = await page.evaluate(() => performance.getEntriesByType('resource')
    .filter(({ name }) => name.includes('/assets/')).reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0));
  assert.ok(bytes > 50_000 && bytes <= 250_000, `${bytes} bytes`);
  await place.close();
});
