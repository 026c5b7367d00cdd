// Examples in Chromium: each is bundled, served, and opened in a page.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] });

/** Open a page in a window of its own: in a tab behind another one, a click waits a second for the next frame. */
export async function openWindow(context: BrowserContext): Promise<Page> {
  const [other] = context.pages();
  if (!other) return context.newPage();
  const devtools = await context.newCDPSession(other);
  const { targetInfo: { browserContextId } } = await devtools.send('Target.getTargetInfo');
  const opening = context.waitForEvent('page');
  await devtools.send('Target.createTarget', { url: 'about:blank', newWindow: true, ...(browserContextId && { browserContextId }) });
  await devtools.detach();
  return opening;
}

export interface Site {
  origin: string;
  close(): void;
}

/** Bundle `src/main.ts` (or `.tsx`) of an example and serve it beside its `index.html`. */
export const serveExample = (name: string, entry = 'src/main.ts'): Promise<Site> => {
  const folder = new URL(`../examples/${name}/`, import.meta.url);
  return serve({ entryPoints: [fileURLToPath(new URL(entry, folder))] }, () => readFileSync(new URL('index.html', folder)));
};

/** Bundle code of a page of the documentation, which can import what the package in this folder can, and serve it. */
export const serveCode = (contents: string, folder: URL): Promise<Site> =>
  serve({ stdin: { contents, loader: 'tsx', resolveDir: fileURLToPath(folder) } }, () => '<!doctype html><body></body><script type="module" src="main.js"></script>');

async function serve(source: BuildOptions, html: () => string | Buffer): Promise<Site> {
  const { outputFiles } = await build({
    ...source, bundle: true, format: 'esm', target: 'es2022', write: false, jsx: 'automatic', define: { 'process.env.NODE_ENV': '"production"' }, logLevel: 'error',
  });
  const server = createServer(({ url }, response) => {
    const isScript = url!.startsWith('/main.js');
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? outputFiles![0]!.text : html());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
