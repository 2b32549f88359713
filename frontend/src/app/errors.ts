import type { CombinedError } from "@urql/core";
import type { TFunction } from "i18next";

type ErrorCode =
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "INVALID"
  | "CONFLICT"
  | "LIMIT"
  | "STATION_OFFLINE"
  | "TIMEOUT"
  | "UNAVAILABLE"
  | "NETWORK"
  | "INTERNAL";

const known: ReadonlySet<string> = new Set<ErrorCode>(["UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "INVALID", "CONFLICT", "LIMIT", "STATION_OFFLINE", "TIMEOUT", "UNAVAILABLE"]);

export type Problem = { code: ErrorCode; message: string; field: string | undefined };

/** The first error of an answer as something to act on. */
export function problemOf(error: CombinedError): Problem {
  const first = error.graphQLErrors[0];
  if (first == null) return { code: "NETWORK", message: "", field: undefined };
  const { code, field } = first.extensions as { code?: unknown; field?: unknown };
  return {
    code: typeof code === "string" && known.has(code) ? (code as ErrorCode) : "INTERNAL",
    message: first.message,
    field: typeof field === "string" ? field : undefined,
  };
}

/** The words for a problem: the server's own where it has any, since it knows the particulars. */
export function problemText(t: TFunction, problem: Problem): string {
  if (problem.code === "NETWORK") return t("problem.network");
  if (problem.message !== "") return problem.message;
  return t("problem.other");
}
