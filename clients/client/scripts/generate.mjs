// Writes src/generated/operations.ts: a typed document for each file of schema/operations/, and the schema's types that they use.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { codegen } from '@graphql-codegen/core';
import * as operationTypes from '@graphql-codegen/typescript-operations';
import * as graphql from 'graphql';
import { readOperations } from './operations.ts';

const { buildSchema, parse } = graphql;
const OUTPUT = new URL('../src/generated/', import.meta.url);
const SCALARS = { ID: 'string', DateTime: 'string', BigInt: 'number', JSON: 'any', Upload: 'Blob' };

const { documents, operations } = readOperations(graphql);

/** A plugin of codegen: documents are texts that carry their types. */
function typedDocuments() {
  const typed = operations.map(({ name, kind, text }) => {
    const type = name + kind[0].toUpperCase() + kind.slice(1);
    return `export const ${name} = ${JSON.stringify(text)} as Document<${type}, ${type}Variables>;`;
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

const schemaText = readFileSync(new URL('../../../schema/schema.graphql', import.meta.url), 'utf8');
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
