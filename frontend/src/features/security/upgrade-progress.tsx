import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { useHere } from "@/app/viewer";
import { Notice } from "@/components/notice";
import { useWatch } from "@/features/bulk/use-watch";
import { SecurityOperationsDocument, type SecurityOperationStatus, type UpgradeProfileMutation } from "@/gql/security/graphql";
import { nodes } from "@/lib/nodes";
import { StateShape } from "@/status/mark";
import { OperationItem } from "./operation-item";
import { operationStates } from "./states";

type Begun = UpgradeProfileMutation["upgradeSecurityProfile"];

const order: readonly SecurityOperationStatus[] = ["COMPLETED", "RUNNING", "APPROVAL", "FAILED", "CANCELLED"];

/** How far the stations are that were begun together, and those for which it couldn't be begun. */
export function UpgradeProgress({ begun }: { begun: Begun }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const ids = begun.securityOperations.map(({ id }) => id);
  const where = begun.batchId == null ? { idIn: ids } : { batchId: begun.batchId };
  const list = usePages(SecurityOperationsDocument, { first: 100, where }, (data) => data.securityOperations, ids.length === 0);
  const rows = list.data == null ? begun.securityOperations : nodes(list.data.securityOperations);
  useWatch(
    rows.some(({ status }) => status === "RUNNING"),
    list.refetch,
  );
  return (
    <div className="flex flex-col gap-4">
      {rows.some(({ status }) => status === "APPROVAL") && (
        <Notice>
          {t("security.waitsForSecond")}{" "}
          <Link className="underline" to="/t/$tenant/security" params={{ tenant: tenant.slug }} search={{ tab: "approvals" }}>
            {t("security.openApprovals")}
          </Link>
        </Notice>
      )}
      {rows.length > 0 && (
        <>
          <ul aria-live="polite" className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
            {order.map((status) => {
              const count = rows.filter((row) => row.status === status).length;
              return (
                (count > 0 || status === "COMPLETED") && (
                  <li key={status} className="inline-flex items-center gap-1.5">
                    <StateShape state={operationStates[status]} />
                    <span className="tabular font-medium">{count}</span>
                    <span className="text-ink-2">{t(operationStates[status].word)}</span>
                  </li>
                )
              );
            })}
          </ul>
          <ul aria-label={t("security.operations")} className="divide-y rounded-md border">
            {rows.map((row) => (
              <OperationItem key={row.id} operation={row} named open={rows.length === 1} onChanged={list.refetch} />
            ))}
          </ul>
        </>
      )}
      {begun.refused.length > 0 && (
        <section>
          <h3 className="mb-1 text-sm font-semibold">{t("security.refused", { count: begun.refused.length })}</h3>
          <ul className="flex flex-col gap-1 text-sm">
            {begun.refused.map(({ stationId, identity, reason }) => (
              <li key={stationId}>
                <span className="code">{identity}</span>: {reason}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
