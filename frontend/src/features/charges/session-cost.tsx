import { Link } from "@tanstack/react-router";
import { useEffect, useEffectEvent } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { useHere } from "@/app/viewer";
import { DriverLink } from "@/components/driver-link";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { Skeleton } from "@/components/skeleton";
import { Failure } from "@/components/states";
import { SessionCostDocument } from "@/gql/billing/graphql";
import { useLocale } from "@/lib/locale";
import { money } from "@/lib/money";
import { chargeStates } from "@/status/billing";
import { StateMark } from "@/status/mark";
import { BillTable } from "./bill-table";

/** How often a running session's cost is worked out anew when nothing else says that it grew. */
const every = 30_000;

/** Works the cost of a running session out again by itself, and whenever something of it moved. */
export function useGrowing(running: boolean, moved: unknown, refetch: () => void) {
  const again = useEffectEvent(refetch);
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") again();
    }, every);
    return () => {
      clearInterval(timer);
    };
  }, [running]);
  useEffect(() => {
    again();
  }, [moved]);
}

type Props = { sessionId: string; running: boolean; /** Changes with every value that may change the cost. */ moved: unknown; zone: string };

/** What a session costs, line by line, as it grows. */
export default function SessionCost({ sessionId, running, moved, zone }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { tenant } = useHere();
  const loaded = useData(SessionCostDocument, { id: sessionId });
  useGrowing(running, moved, loaded.refetch);
  const session = loaded.data?.chargingSession;
  const params = { tenant: tenant.slug };
  if (session == null) {
    return (
      <Panel title={t("cost.title")}>
        {loaded.problem == null ? <Skeleton className="h-24!" /> : <Failure message={problemText(t, loaded.problem)} onRetry={loaded.refetch} />}
      </Panel>
    );
  }
  const { cost, charge, tariff, driver } = session;
  return (
    <Panel
      flush
      title={t("cost.title")}
      note={
        cost != null && (
          <span className="tabular text-base font-semibold text-ink">
            {money(locale, cost.total)} {running && <span className="text-sm font-normal text-ink-2">{t("cost.soFar")}</span>}
          </span>
        )
      }
      action={charge != null && <StateMark state={chargeStates[charge.status]} />}
    >
      {session.free ? (
        <p className="px-4 py-4 text-sm text-ink-2">{t("cost.free")}</p>
      ) : cost == null ? (
        <p className="px-4 py-4 text-sm text-ink-2">{t("cost.none")}</p>
      ) : (
        <>
          {cost.review.length > 0 && (
            <div className="flex flex-col gap-2 p-4">
              {cost.review.map(({ code, message }) => (
                <Notice key={`${code} ${message}`} tone="warn">
                  {message}
                </Notice>
              ))}
            </div>
          )}
          {cost.lines.length === 0 ? <p className="px-4 py-4 text-sm text-ink-2">{t(running ? "cost.nothingYet" : "tariffs.costsNothing")}</p> : <BillTable bill={cost} label={t("cost.title")} zone={zone} />}
        </>
      )}
      {(tariff != null || driver != null || charge != null) && (
        <p className="flex flex-wrap gap-x-4 gap-y-1 border-t px-4 py-2 text-sm text-ink-2">
          {tariff != null && (
            <span>
              {t("cost.tariff")}:{" "}
              <Link to="/t/$tenant/tariffs/$tariffId" params={{ ...params, tariffId: tariff.id }} className="font-medium text-accent hover:underline">
                {tariff.name}
              </Link>
            </span>
          )}
          {driver != null && (
            <span>
              {t("cost.driver")}: <span className="font-medium text-ink">
                <DriverLink driver={driver} />
              </span>
            </span>
          )}
          {charge != null && (
            <Link to="/t/$tenant/charges/$chargeId" params={{ ...params, chargeId: charge.id }} className="ml-auto font-medium text-accent hover:underline">
              {t("cost.toCharge")}
            </Link>
          )}
        </p>
      )}
    </Panel>
  );
}
