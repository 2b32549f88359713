import type { ListTokensQuery, StationLocalListQuery } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";

export type Entry = ReturnType<typeof entriesOf>[number];
export type Token = ReturnType<typeof tokensOf>[number];

export function entriesOf(data: StationLocalListQuery | undefined) {
  return nodes(data?.station?.localList);
}

export function tokensOf(data: ListTokensQuery | undefined) {
  return nodes(data?.tokens);
}

type Kind = "same" | "missing" | "extra" | "changed";
export type Row = { idTag: string; label: string; status: string; validUntil: string | undefined; kind: Kind };

/** As OCPP words a token's state in a list (OCPP 1.6 §7.2). */
const statuses: Record<Token["status"], string> = { ACTIVE: "Accepted", BLOCKED: "Blocked" };

const same = (a: string | null | undefined, b: string | null | undefined) => (a == null ? "" : new Date(a).toISOString()) === (b == null ? "" : new Date(b).toISOString());

/** The station's list beside our tokens: what it lacks, has too much, or holds differently. Capitals tell no tags apart (OCPP 1.6 §7.28). */
export function compared(entries: readonly Entry[], tokens: readonly Token[], now: number): Row[] {
  const held = new Map(entries.map((entry) => [entry.idTag.toLowerCase(), entry]));
  const ours = new Map(tokens.map((token) => [token.idTag.toLowerCase(), token]));
  const rows: Row[] = entries.map((entry) => {
    const token = ours.get(entry.idTag.toLowerCase());
    const equal = token != null && statuses[token.status] === entry.status && token.groupId === entry.groupId && same(token.validUntil, entry.validUntil);
    return { idTag: entry.idTag, label: token?.label ?? "", status: entry.status, validUntil: entry.validUntil ?? undefined, kind: token == null ? "extra" : equal ? "same" : "changed" };
  });
  for (const token of tokens) {
    // What may not charge needs no place in a list of those that may.
    const may = token.status === "ACTIVE" && (token.validUntil == null || new Date(token.validUntil).getTime() > now);
    if (may && !held.has(token.idTag.toLowerCase())) rows.push({ idTag: token.idTag, label: token.label, status: statuses[token.status], validUntil: token.validUntil ?? undefined, kind: "missing" });
  }
  return rows.sort((a, b) => a.idTag.localeCompare(b.idTag, "en", { numeric: true }));
}
