import type { RevocationReason } from "@/gql/security/graphql";

/** Why a certificate may be revoked, the usual reasons first. */
export const revocationReasons: readonly RevocationReason[] = ["KEY_COMPROMISE", "CESSATION_OF_OPERATION", "SUPERSEDED", "AFFILIATION_CHANGED", "PRIVILEGE_WITHDRAWN", "UNSPECIFIED"];
