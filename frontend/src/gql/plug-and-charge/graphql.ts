/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** AuthorityKind is enum for the field kind */
export type AuthorityKind =
  | 'INTERMEDIATE'
  | 'MANUFACTURER'
  | 'MO_ROOT'
  | 'ROOT'
  | 'V2G_ROOT';

/** AuthorityStatus is enum for the field status */
export type AuthorityStatus =
  | 'ACTIVE'
  | 'NEXT'
  | 'RETIRED'
  | 'RETIRING';

export type ContractRootKind =
  /** Of a mobility operator, who hands out contracts. */
  | 'MO_ROOT'
  /** Above everybody who takes part. */
  | 'V2G_ROOT';

export type DistrustContractRootInput = {
  id: string;
};

export type SetPlugAndChargeOperatorInput = {
  token?: string | null | undefined;
  /** Empty forgets the operator. */
  url: string;
};

export type TrustContractRootInput = {
  kind: ContractRootKind;
  name: string;
  pem: string;
};

export type ContractRootFragment = { id: string, createdAt: string, kind: AuthorityKind, status: AuthorityStatus, name: string, fingerprint: string, notBefore: string, notAfter: string, createdBy: string, pem: string };

export type PlugAndChargeQueryVariables = Exact<{ [key: string]: never; }>;


export type PlugAndChargeQuery = { certificateAuthorities: Array<{ id: string, createdAt: string, kind: AuthorityKind, status: AuthorityStatus, name: string, fingerprint: string, notBefore: string, notAfter: string, createdBy: string, pem: string }>, plugAndCharge: { platformOperator: boolean }, plugAndChargeOperator: { url: string, updatedBy: string, updatedAt: string } | null };

export type ReadAuthorityQueryVariables = Exact<{
  pem: string;
}>;


export type ReadAuthorityQuery = { readAuthority: { subject: string, issuer: string, serialNumber: string, fingerprint: string, keyType: string, notBefore: string, notAfter: string, root: boolean } };

export type TrustContractRootMutationVariables = Exact<{
  input: TrustContractRootInput;
}>;


export type TrustContractRootMutation = { trustContractRoot: { certificateAuthority: { id: string, createdAt: string, kind: AuthorityKind, status: AuthorityStatus, name: string, fingerprint: string, notBefore: string, notAfter: string, createdBy: string, pem: string } } };

export type DistrustContractRootMutationVariables = Exact<{
  input: DistrustContractRootInput;
}>;


export type DistrustContractRootMutation = { distrustContractRoot: { certificateAuthority: { id: string, status: AuthorityStatus } } };

export type SetPlugAndChargeOperatorMutationVariables = Exact<{
  input: SetPlugAndChargeOperatorInput;
}>;


export type SetPlugAndChargeOperatorMutation = { setPlugAndChargeOperator: { plugAndChargeOperator: { url: string, updatedBy: string, updatedAt: string } | null } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const ContractRootFragmentDoc = new TypedDocumentString(`
    fragment ContractRoot on CertificateAuthority {
  id
  createdAt
  kind
  status
  name
  fingerprint
  notBefore
  notAfter
  createdBy
  pem
}
    `, {"fragmentName":"ContractRoot"}) as unknown as TypedDocumentString<ContractRootFragment, unknown>;
export const PlugAndChargeDocument = new TypedDocumentString(`
    query PlugAndCharge {
  certificateAuthorities {
    ...ContractRoot
  }
  plugAndCharge {
    platformOperator
  }
  plugAndChargeOperator {
    url
    updatedBy
    updatedAt
  }
}
    fragment ContractRoot on CertificateAuthority {
  id
  createdAt
  kind
  status
  name
  fingerprint
  notBefore
  notAfter
  createdBy
  pem
}`) as unknown as TypedDocumentString<PlugAndChargeQuery, PlugAndChargeQueryVariables>;
export const ReadAuthorityDocument = new TypedDocumentString(`
    query ReadAuthority($pem: String!) {
  readAuthority(pem: $pem) {
    subject
    issuer
    serialNumber
    fingerprint
    keyType
    notBefore
    notAfter
    root
  }
}
    `) as unknown as TypedDocumentString<ReadAuthorityQuery, ReadAuthorityQueryVariables>;
export const TrustContractRootDocument = new TypedDocumentString(`
    mutation TrustContractRoot($input: TrustContractRootInput!) {
  trustContractRoot(input: $input) {
    certificateAuthority {
      ...ContractRoot
    }
  }
}
    fragment ContractRoot on CertificateAuthority {
  id
  createdAt
  kind
  status
  name
  fingerprint
  notBefore
  notAfter
  createdBy
  pem
}`) as unknown as TypedDocumentString<TrustContractRootMutation, TrustContractRootMutationVariables>;
export const DistrustContractRootDocument = new TypedDocumentString(`
    mutation DistrustContractRoot($input: DistrustContractRootInput!) {
  distrustContractRoot(input: $input) {
    certificateAuthority {
      id
      status
    }
  }
}
    `) as unknown as TypedDocumentString<DistrustContractRootMutation, DistrustContractRootMutationVariables>;
export const SetPlugAndChargeOperatorDocument = new TypedDocumentString(`
    mutation SetPlugAndChargeOperator($input: SetPlugAndChargeOperatorInput!) {
  setPlugAndChargeOperator(input: $input) {
    plugAndChargeOperator {
      url
      updatedBy
      updatedAt
    }
  }
}
    `) as unknown as TypedDocumentString<SetPlugAndChargeOperatorMutation, SetPlugAndChargeOperatorMutationVariables>;