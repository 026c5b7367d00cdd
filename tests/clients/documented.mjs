// Runs a block of JavaScript of a Markdown page as it stands there. Prints JSON lines: {"attempt": n} for each WebSocket,
// {"log": […]} for what the block logs, and what `export` names of it last.
//   node documented.mjs '{"page": "README.md", "holds": "client.iterate", "places": {"ws://…": "ws://…"}, "given": {…}, "faster": 100}'
// places: texts of the block that are replaced; given: variables that it uses; faster: by what its waits are shortened.
import { readFileSync } from 'node:fs';
import WebSocket from 'ws';
import { blockOf } from './markdown.mjs';

const { page, holds, places = {}, given = {}, faster = 1 } = JSON.parse(process.argv[2]);
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

let attempts = 0;
globalThis.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    print({ attempt: ++attempts });
  }
};
const { setTimeout: wait } = globalThis;
globalThis.setTimeout = (callback, milliseconds, ...args) => wait(callback, milliseconds / faster, ...args);
console.log = (...values) => print({ log: values });

const run = blockOf(readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8'), holds, places, Object.keys(given));
await run(...Object.values(given));
process.exit();
