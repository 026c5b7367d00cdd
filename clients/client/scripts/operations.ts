// The published operations, for the client's types and for the pages, which are built without the packages of clients/.
import { readFileSync, readdirSync } from 'node:fs';

const SCHEMA = new URL('../../../schema/', import.meta.url);

/** What is used of graphql-js. The pages and the clients have different releases of it. */
interface GraphQLJs {
  parse(text: string): Document;
  print(node: Definition): string;
  stripIgnoredCharacters(text: string): string;
}
interface Document { definitions: readonly Definition[] }
interface Definition { kind: string; name?: { value: string }; operation?: string }

const folder = (path: string): string[] =>
  readdirSync(new URL(path, SCHEMA)).filter((name) => name.endsWith('.graphql')).sort().map((name) => path + name);

/**
 * Return the files of schema/operations/ as documents, and each operation in them with its name, kind and text: what a
 * request carries, with the fragments that it spreads and without spaces that mean nothing.
 */
export function readOperations({ parse, print, stripIgnoredCharacters }: GraphQLJs) {
  const documents = [...folder('operations/'), ...folder('operations/fragments/')].map(
    (location) => ({ location, document: parse(readFileSync(new URL(location, SCHEMA), 'utf8')) }),
  );
  const definitions = documents.flatMap(({ document }) => document.definitions);
  const fragmentsOf = (operation: Definition) => definitions.filter(
    ({ kind, name }) => kind === 'FragmentDefinition' && print(operation).includes(`...${name?.value}\n`),
  );
  const operations = definitions.filter(({ kind }) => kind === 'OperationDefinition').map((operation) => ({
    name: operation.name!.value,
    kind: operation.operation!,
    text: stripIgnoredCharacters([operation, ...fragmentsOf(operation)].map(print).join('\n')),
  }));
  return { documents, operations };
}
