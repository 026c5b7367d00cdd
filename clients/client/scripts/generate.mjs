// Writes src/generated/operations.ts: a typed document for each file of schema/operations/, and the schema's types that they use.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { codegen } from '@graphql-codegen/core';
import * as operationTypes from '@graphql-codegen/typescript-operations';
import { buildSchema, parse, print, stripIgnoredCharacters } from 'graphql';

const SCHEMA = new URL('../../../schema/', import.meta.url);
const OUTPUT = new URL('../src/generated/', import.meta.url);
const SCALARS = { ID: 'string', DateTime: 'string', BigInt: 'number', JSON: 'any', Upload: 'Blob' };

const read = (path) => readFileSync(new URL(path, SCHEMA), 'utf8');
const folder = (path) =>
  readdirSync(new URL(path, SCHEMA)).filter((name) => name.endsWith('.graphql')).sort().map((name) => path + name);
const files = [...folder('operations/'), ...folder('operations/fragments/')];
const documents = files.map((location) => ({ location, document: parse(read(location)) }));
const definitions = documents.flatMap(({ document }) => document.definitions);

/** The text of the operation, and of the fragments that it spreads, without spaces that mean nothing. */
function textOf(operation) {
  const fragments = definitions.filter(
    ({ kind, name }) => kind === 'FragmentDefinition' && print(operation).includes(`...${name.value}\n`),
  );
  return stripIgnoredCharacters([operation, ...fragments].map(print).join('\n'));
}

/** A plugin of codegen: documents are texts that carry their types. */
function typedDocuments() {
  const typed = definitions.filter(({ kind }) => kind === 'OperationDefinition').map((operation) => {
    const name = operation.name.value;
    const type = name + operation.operation[0].toUpperCase() + operation.operation.slice(1);
    return `export const ${name} = ${JSON.stringify(textOf(operation))} as Document<${type}, ${type}Variables>;`;
  });
  return [
    '/** A text of GraphQL that carries the types of its result and variables. */',
    'export type Document<Result, Variables> = string & { __apiType?: (variables: Variables) => Result };',
    ...typed,
  ].join('\n');
}

/** A plugin of codegen: the codes of errors, which no operation returns. */
function errorCodes(schema) {
  return ['ErrorCode', 'ConflictReason', 'QuotaKind'].map((name) => {
    const values = schema.getType(name).getValues().map((value) => `'${value.name}'`);
    return `/** ${schema.getType(name).description.replaceAll('\n', ' ')} */\nexport type ${name} = ${values.join(' | ')};`;
  }).join('\n');
}

const schemaText = read('schema.graphql');
const output = await codegen({
  filename: 'operations.ts',
  schema: parse(schemaText),
  schemaAst: buildSchema(schemaText),
  documents,
  config: {
    enumsAsTypes: true, enumType: 'string-literal', onlyOperationTypes: true, skipTypename: true, scalars: SCALARS,
    inlineFragmentTypes: 'combine', useTypeImports: true,
  },
  plugins: [{ operationTypes: {} }, { errorCodes: {} }, { typedDocuments: {} }],
  pluginMap: { operationTypes, errorCodes: { plugin: errorCodes }, typedDocuments: { plugin: typedDocuments } },
});
mkdirSync(OUTPUT, { recursive: true });
writeFileSync(new URL('operations.ts', OUTPUT), output);
