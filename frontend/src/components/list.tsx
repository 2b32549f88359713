import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { problemText, type Problem } from "@/app/errors";
import { SkeletonRows } from "./skeleton";
import { Failure, NoPermission } from "./states";

type Props = {
  loading: boolean;
  problem: Problem | undefined;
  onRetry: () => void;
  count: number | undefined;
  empty: ReactNode;
  children: ReactNode;
};

/** What every list is in turn: loading, forbidden, broken, empty, or there. What is there stays while a refetch fails. */
export function ListStates({ loading, problem, onRetry, count, empty, children }: Props) {
  const { t } = useTranslation();
  if (count == null) {
    if (problem?.code === "FORBIDDEN") return <NoPermission />;
    if (problem != null) return <Failure message={problemText(t, problem)} onRetry={onRetry} />;
  }
  if (loading || count == null) return <SkeletonRows />;
  return count === 0 ? empty : children;
}
