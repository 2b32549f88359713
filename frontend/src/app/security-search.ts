import type { CertificateStatus, SecurityOperationKind, SecurityOperationStatus } from "@/gql/security/graphql";
import { loose, oneOf, someOf, text, type Raw } from "./search";

const tabs = ["certificates", "operations", "approvals", "authorities", "plug-and-charge", "server"] as const;
const certificateStatuses: readonly CertificateStatus[] = ["SIGNED", "INSTALLED", "IN_USE", "SUPERSEDED", "REFUSED", "REVOKED"];
const operationStatuses: readonly SecurityOperationStatus[] = ["APPROVAL", "RUNNING", "COMPLETED", "FAILED", "CANCELLED"];
const operationKinds: readonly SecurityOperationKind[] = ["PROFILE", "PASSWORD", "RENEWAL", "ROOT"];

export function securitySearch(raw: Raw) {
  return loose({
    tab: oneOf(raw.tab, tabs),
    q: text(raw.q),
    certificate: someOf(raw.certificate, certificateStatuses),
    status: someOf(raw.status, operationStatuses),
    kind: someOf(raw.kind, operationKinds),
    batch: text(raw.batch),
    since: text(raw.since),
    until: text(raw.until),
  });
}
