// Blocks of JavaScript of a Markdown page, as functions.

const AsyncFunction = (async () => {}).constructor;

// The only block that holds this text, with some of its texts replaced, as a function of these variables that returns `result`.
export function blockOf(markdown, holds, places, variables, result = 'undefined') {
  const blocks = [...markdown.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code).filter((code) => code.includes(holds));
  if (blocks.length !== 1) throw new Error(`${blocks.length} blocks hold ${holds}`);
  let code = blocks[0].replace(/^import (\{[^}]+\}) from ("[^"]+")$/gm, 'const $1 = await load($2)');
  for (const [ours, theirs] of Object.entries(places)) {
    if (!code.includes(ours)) throw new Error(`no ${ours} in the block`);
    code = code.replaceAll(ours, theirs);
  }
  const body = new AsyncFunction('load', ...variables, `${code}\nreturn ${result}`);
  return (...values) => body((name) => import(name), ...values);
}
