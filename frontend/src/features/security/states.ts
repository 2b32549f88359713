import type { ApprovalStatus, AuthorityStatus, CertificateStatus, OperationRowFragment, SecurityOperationStatus } from "@/gql/security/graphql";
import type { State } from "@/status/language";

// What the states of certificates, and of what is done about them, look like and are called.

export const certificateStates: Record<CertificateStatus, State> = {
  SIGNED: { tone: "busy", shape: "half", word: "security.certificate.SIGNED.word", sentence: "security.certificate.SIGNED.sentence" },
  INSTALLED: { tone: "busy", shape: "open", word: "security.certificate.INSTALLED.word", sentence: "security.certificate.INSTALLED.sentence" },
  IN_USE: { tone: "ok", shape: "check", word: "security.certificate.IN_USE.word", sentence: "security.certificate.IN_USE.sentence" },
  SUPERSEDED: { tone: "idle", shape: "dash", word: "security.certificate.SUPERSEDED.word", sentence: "security.certificate.SUPERSEDED.sentence" },
  REFUSED: { tone: "bad", shape: "cross", word: "security.certificate.REFUSED.word", sentence: "security.certificate.REFUSED.sentence" },
  REVOKED: { tone: "bad", shape: "triangle", word: "security.certificate.REVOKED.word", sentence: "security.certificate.REVOKED.sentence" },
};

const expired: State = { tone: "bad", shape: "clock", word: "security.certificate.EXPIRED.word", sentence: "security.certificate.EXPIRED.sentence" };

/** The state of a certificate at a time: one that would count has expired once its end has passed. */
export function certificateState({ status, notAfter }: { status: CertificateStatus; notAfter: string }, now: number): State {
  return (status === "IN_USE" || status === "INSTALLED" || status === "SIGNED") && new Date(notAfter).getTime() <= now ? expired : certificateStates[status];
}

export const operationStates: Record<SecurityOperationStatus, State> = {
  APPROVAL: { tone: "hold", shape: "pause", word: "security.operation.APPROVAL.word", sentence: "security.operation.APPROVAL.sentence" },
  RUNNING: { tone: "busy", shape: "half", word: "security.operation.RUNNING.word", sentence: "security.operation.RUNNING.sentence" },
  COMPLETED: { tone: "ok", shape: "check", word: "security.operation.COMPLETED.word", sentence: "security.operation.COMPLETED.sentence" },
  FAILED: { tone: "bad", shape: "triangle", word: "security.operation.FAILED.word", sentence: "security.operation.FAILED.sentence" },
  CANCELLED: { tone: "idle", shape: "dash", word: "security.operation.CANCELLED.word", sentence: "security.operation.CANCELLED.sentence" },
};

export const approvalStates: Record<ApprovalStatus, State> = {
  WAITING: { tone: "hold", shape: "pause", word: "security.approval.WAITING.word", sentence: "security.approval.WAITING.sentence" },
  APPROVED: { tone: "ok", shape: "check", word: "security.approval.APPROVED.word", sentence: "security.approval.APPROVED.sentence" },
  REFUSED: { tone: "bad", shape: "cross", word: "security.approval.REFUSED.word", sentence: "security.approval.REFUSED.sentence" },
  EXPIRED: { tone: "idle", shape: "clock", word: "security.approval.EXPIRED.word", sentence: "security.approval.EXPIRED.sentence" },
};

export const authorityStates: Record<AuthorityStatus, State> = {
  NEXT: { tone: "busy", shape: "clock", word: "security.authority.NEXT.word", sentence: "security.authority.NEXT.sentence" },
  ACTIVE: { tone: "ok", shape: "check", word: "security.authority.ACTIVE.word", sentence: "security.authority.ACTIVE.sentence" },
  RETIRING: { tone: "warn", shape: "open", word: "security.authority.RETIRING.word", sentence: "security.authority.RETIRING.sentence" },
  RETIRED: { tone: "idle", shape: "dash", word: "security.authority.RETIRED.word", sentence: "security.authority.RETIRED.sentence" },
};

type Step = OperationRowFragment["steps"][number];

export const stepStates: Record<Step["state"], State> = {
  DONE: { tone: "ok", shape: "check", word: "security.stepState.DONE.word", sentence: "security.stepState.DONE.sentence" },
  WAITING: { tone: "busy", shape: "half", word: "security.stepState.WAITING.word", sentence: "security.stepState.WAITING.sentence" },
  FAILED: { tone: "bad", shape: "cross", word: "security.stepState.FAILED.word", sentence: "security.stepState.FAILED.sentence" },
};
