// GraphQL Code Generator with the client preset: typed documents, and the manifest that the server trusts.
import type { CodegenConfig } from '@graphql-codegen/cli';
import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset';

const config: CodegenConfig = {
  schema: './schema.graphql',
  documents: 'src/preset-documents.ts',
  generates: {
    './generated/': {
      preset: 'client',
      presetConfig: { persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: { useTypeImports: true, enumsAsTypes: true },
      documentTransforms: [addTypenameSelectionDocumentTransform],
    },
  },
};
export default config;
