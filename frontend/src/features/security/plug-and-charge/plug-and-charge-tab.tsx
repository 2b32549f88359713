import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { Panel } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { Failure } from "@/components/states";
import { PlugAndChargeDocument } from "@/gql/plug-and-charge/graphql";
import { Operator } from "./operator";
import { Roots } from "./roots";

/** Answers to a car, the first that holds: what was found, and what the car is told. */
const verdicts = ["accepted", "unknownToken", "cancelled", "expired", "revoked", "unknown", "untrusted"] as const;

/** Under whom contracts of cars are believed, who hands them out, and how a contract is judged (ISO 15118). */
export default function PlugAndChargeTab() {
  const { t } = useTranslation();
  const { data, problem, refetch } = useData(PlugAndChargeDocument, {});
  if (data == null) return problem == null ? <SkeletonRows /> : <Failure message={problemText(t, problem)} onRetry={refetch} />;
  const roots = data.certificateAuthorities.filter(({ kind, status }) => (kind === "V2G_ROOT" || kind === "MO_ROOT") && status !== "RETIRED");
  return (
    <div className="grid items-start gap-4 p-4 sm:p-6 xl:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-4">
        <p className="text-sm text-ink-2">{t("pnc.text")}</p>
        <Roots roots={roots} onChanged={refetch} />
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <Operator operator={data.plugAndChargeOperator ?? null} platform={data.plugAndCharge.platformOperator} onChanged={refetch} />
        <Panel flush title={t("pnc.judged")}>
          <dl className="divide-y text-sm">
            {verdicts.map((verdict) => (
              <div key={verdict} className="grid gap-x-6 gap-y-0.5 px-4 py-2.5 sm:grid-cols-2">
                <dt className="text-ink-2">{t(`pnc.found.${verdict}`)}</dt>
                <dd>{t(`pnc.told.${verdict}`)}</dd>
              </div>
            ))}
          </dl>
          <p className="border-t px-4 py-3 text-sm text-ink-2">{t("pnc.limits")}</p>
        </Panel>
      </div>
    </div>
  );
}
