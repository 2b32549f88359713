import type { CodegenConfig } from "@graphql-codegen/cli";

// Types for the operations in features/*/*.graphql, from the schema that the server is generated from too.
const config: CodegenConfig = {
  schema: "../graph/*.graphqls",
  documents: "src/**/*.graphql",
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        // Text is a fifth of the size of parsed documents; the client parses what it sends.
        documentMode: "string",
        pureMagicComment: true,
        useTypeImports: true,
        enumsAsTypes: true,
        onlyOperationTypes: true,
        dedupeFragments: true,
        skipTypename: true,
        strictScalars: true,
        scalars: {
          ID: "string",
          Time: "string",
          Cursor: "string",
          Decimal: "number | string",
          JSON: "unknown",
          Map: "Record<string, unknown>",
        },
      },
    },
  },
};

export default config;
