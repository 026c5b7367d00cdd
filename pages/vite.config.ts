import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import * as operations from '../clients/client/src/generated/operations';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const OUTPUT = path('../gql_chat/web/built_pages');

/** The server replaces it in each answer, since a nonce holds for one answer only. */
const NONCE = '{{nonce}}';

/** Write a compressed copy beside each asset, so that the server compresses nothing. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    closeBundle: async () => {
      const assets = join(OUTPUT, 'assets');
      const names = (await readdir(assets)).filter((name) => /\.(js|css|svg|ttf)$/.test(name));
      await Promise.all(names.map((name) => pipeline(
        createReadStream(join(assets, name)), createGzip({ level: 9 }), createWriteStream(join(assets, `${name}.gz`)),
      )));
    },
  };
}

/** Write the documents that the pages send: a server that runs only trusted documents trusts them, too. */
function documents(): Plugin {
  const id = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
  return {
    name: 'documents',
    generateBundle(_, bundle) {
      const code = Object.values(bundle).map((part) => (part.type === 'chunk' ? part.code : '')).join('\n');
      const isSent = (text: string) => code.includes(text) || code.includes(JSON.stringify(text).slice(1, -1));
      const sent = (Object.values(operations) as string[]).filter(isSent);
      if (!sent.length) this.error('No document was found in the pages.');
      const source = JSON.stringify(Object.fromEntries(sent.map((text) => [id(text), text])), null, 1);
      this.emitFile({ type: 'asset', fileName: 'documents.json', source });
    },
  };
}

export default defineConfig({
  plugins: [react(), compressed(), documents()],
  html: { cspNonce: NONCE },
  resolve: {
    alias: [
      { find: /^@gql-chat\/client$/, replacement: path('../clients/client/src/index.ts') },
      { find: '@gql-chat/client/operations', replacement: path('../clients/client/src/generated/operations.ts') },
    ],
  },
  worker: { format: 'es' },
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    target: 'es2023',
    // A page may not load data: addresses as scripts or fonts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 6000,
    rollupOptions: { input: [path('index.html'), path('admin/index.html'), path('graphiql/index.html')] },
  },
  server: { proxy: { '/graphql': { target: 'http://127.0.0.1:8000', ws: true }, '/files': 'http://127.0.0.1:8000' } },
});
