/* eslint-disable */
import * as types from './graphql';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "fragment ContractRoot on CertificateAuthority {\n  id\n  createdAt\n  kind\n  status\n  name\n  fingerprint\n  notBefore\n  notAfter\n  createdBy\n  pem\n}\n\nquery PlugAndCharge {\n  certificateAuthorities {\n    ...ContractRoot\n  }\n  plugAndCharge {\n    platformOperator\n  }\n  plugAndChargeOperator {\n    url\n    updatedBy\n    updatedAt\n  }\n}\n\nquery ReadAuthority($pem: String!) {\n  readAuthority(pem: $pem) {\n    subject\n    issuer\n    serialNumber\n    fingerprint\n    keyType\n    notBefore\n    notAfter\n    root\n  }\n}\n\nmutation TrustContractRoot($input: TrustContractRootInput!) {\n  trustContractRoot(input: $input) {\n    certificateAuthority {\n      ...ContractRoot\n    }\n  }\n}\n\nmutation DistrustContractRoot($input: DistrustContractRootInput!) {\n  distrustContractRoot(input: $input) {\n    certificateAuthority {\n      id\n      status\n    }\n  }\n}\n\nmutation SetPlugAndChargeOperator($input: SetPlugAndChargeOperatorInput!) {\n  setPlugAndChargeOperator(input: $input) {\n    plugAndChargeOperator {\n      url\n      updatedBy\n      updatedAt\n    }\n  }\n}": typeof types.ContractRootFragmentDoc,
};
const documents: Documents = {
    "fragment ContractRoot on CertificateAuthority {\n  id\n  createdAt\n  kind\n  status\n  name\n  fingerprint\n  notBefore\n  notAfter\n  createdBy\n  pem\n}\n\nquery PlugAndCharge {\n  certificateAuthorities {\n    ...ContractRoot\n  }\n  plugAndCharge {\n    platformOperator\n  }\n  plugAndChargeOperator {\n    url\n    updatedBy\n    updatedAt\n  }\n}\n\nquery ReadAuthority($pem: String!) {\n  readAuthority(pem: $pem) {\n    subject\n    issuer\n    serialNumber\n    fingerprint\n    keyType\n    notBefore\n    notAfter\n    root\n  }\n}\n\nmutation TrustContractRoot($input: TrustContractRootInput!) {\n  trustContractRoot(input: $input) {\n    certificateAuthority {\n      ...ContractRoot\n    }\n  }\n}\n\nmutation DistrustContractRoot($input: DistrustContractRootInput!) {\n  distrustContractRoot(input: $input) {\n    certificateAuthority {\n      id\n      status\n    }\n  }\n}\n\nmutation SetPlugAndChargeOperator($input: SetPlugAndChargeOperatorInput!) {\n  setPlugAndChargeOperator(input: $input) {\n    plugAndChargeOperator {\n      url\n      updatedBy\n      updatedAt\n    }\n  }\n}": types.ContractRootFragmentDoc,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ContractRoot on CertificateAuthority {\n  id\n  createdAt\n  kind\n  status\n  name\n  fingerprint\n  notBefore\n  notAfter\n  createdBy\n  pem\n}\n\nquery PlugAndCharge {\n  certificateAuthorities {\n    ...ContractRoot\n  }\n  plugAndCharge {\n    platformOperator\n  }\n  plugAndChargeOperator {\n    url\n    updatedBy\n    updatedAt\n  }\n}\n\nquery ReadAuthority($pem: String!) {\n  readAuthority(pem: $pem) {\n    subject\n    issuer\n    serialNumber\n    fingerprint\n    keyType\n    notBefore\n    notAfter\n    root\n  }\n}\n\nmutation TrustContractRoot($input: TrustContractRootInput!) {\n  trustContractRoot(input: $input) {\n    certificateAuthority {\n      ...ContractRoot\n    }\n  }\n}\n\nmutation DistrustContractRoot($input: DistrustContractRootInput!) {\n  distrustContractRoot(input: $input) {\n    certificateAuthority {\n      id\n      status\n    }\n  }\n}\n\nmutation SetPlugAndChargeOperator($input: SetPlugAndChargeOperatorInput!) {\n  setPlugAndChargeOperator(input: $input) {\n    plugAndChargeOperator {\n      url\n      updatedBy\n      updatedAt\n    }\n  }\n}"): typeof import('./graphql').ContractRootFragmentDoc;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
