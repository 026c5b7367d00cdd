// What a browser downloads for a package.
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Return the size of a module, bundled, minified and gzipped, without these libraries. */
export async function bundledBytes(entry: string, external: string[]): Promise<number> {
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, minify: true, format: 'esm', external, write: false });
  return gzipSync(outputFiles[0]!.contents).length;
}
