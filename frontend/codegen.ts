import type { CodegenConfig } from "@graphql-codegen/cli";

const config = {
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
};
const presetConfig = { fragmentMasking: false };

// Types for the operations in features/*/*.graphql, from the schema that the server is generated from too. A file of them is loaded as a
// whole: drivers' are apart, so that neither side carries the other's, and so are those of prices, charges and issues, which the first
// page doesn't need. The pages about drivers, which only they share, are a third such part, and those about certificates a fourth; what the tab about
// contracts of cars asks is loaded with that tab alone.
const billing = ["tariffs", "charges", "issues"].map((feature) => `src/features/${feature}/*.graphql`);

const codegen: CodegenConfig = {
  schema: "../graph/*.graphqls",
  generates: {
    "src/gql/": { preset: "client", documents: ["src/**/*.graphql", "!src/features/drive/*", "!src/features/drivers/*", "!src/features/security/**", ...billing.map((documents) => `!${documents}`)], presetConfig, config },
    "src/gql/billing/": { preset: "client", documents: billing, presetConfig, config },
    "src/gql/drivers/": { preset: "client", documents: "src/features/drivers/*.graphql", presetConfig, config },
    "src/gql/security/": { preset: "client", documents: "src/features/security/*.graphql", presetConfig, config },
    "src/gql/plug-and-charge/": { preset: "client", documents: "src/features/security/plug-and-charge/*.graphql", presetConfig, config },
    "src/gql/drive/": { preset: "client", documents: "src/features/drive/*.graphql", presetConfig, config },
  },
};

export default codegen;
