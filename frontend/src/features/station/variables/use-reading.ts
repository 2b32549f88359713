import { useEffect, useEffectEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData } from "@/app/data";
import { toast } from "@/components/toast";
import { GetBaseReportDocument, GetVariablesDocument, VariableReportDocument } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { outcomesOf, reference, type Variable } from "./variable";

/** How often a report that comes in parts is looked at. */
const every = 1500;
/** A station that has said nothing more for so long has given up. */
const patience = 3 * 60_000;

/** Reads variables from the station: some of them at once, or all of them as a report that comes in parts. */
export function useReading(stationId: string, refetch: () => void) {
  const { t } = useTranslation();
  const [getVariables, reading] = useChange(GetVariablesDocument);
  const [getReport, asking] = useChange(GetBaseReportDocument);
  const state = useData(VariableReportDocument, { id: stationId });
  const [report] = nodes(state.data?.station?.reports);
  const [now, setNow] = useState(() => Date.now());
  const underWay = report != null && report.completedAt == null && now - new Date(report.requestedAt).getTime() < patience;

  const look = useEffectEvent(() => {
    setNow(Date.now());
    state.refetch();
    refetch();
  });
  useEffect(() => {
    if (!underWay) return undefined;
    const timer = setInterval(look, every);
    return () => {
      clearInterval(timer);
    };
  }, [underWay]);

  const read = async (variables: readonly Variable[]) => {
    const { data, problem } = await getVariables({ input: { stationId, variables: variables.map(reference) }, wait: 30 });
    if (problem != null) {
      toast(problem.text, "bad");
      return;
    }
    const outcomes = [...outcomesOf(data.getVariables.result).values()];
    const failed = outcomes.filter(({ status }) => status !== "Accepted").length;
    if (outcomes.length === 0) toast(data.getVariables.error ?? t("variables.notRead"), "bad");
    else if (failed > 0) toast(t("variables.readSome", { count: outcomes.length - failed, failed }), "bad");
    else toast(t("variables.readAll", { count: outcomes.length }));
    refetch();
  };

  const readEverything = async () => {
    const { data, problem } = await getReport({ input: { stationId, base: "FULL" } });
    if (problem != null) toast(problem.text, "bad");
    else if (data.getBaseReport.status !== "ACCEPTED") toast(data.getBaseReport.error ?? t("variables.notRead"), "bad");
    setNow(Date.now());
    state.refetch();
    refetch();
  };

  return { read, readEverything, busy: reading || asking, since: underWay ? report.requestedAt : undefined };
}
