import { Wallet } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive, usePages } from "@/app/data";
import { useSoon } from "@/app/soon";
import { useHere, useMay } from "@/app/viewer";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Facts, Panel } from "@/components/panel";
import { Empty } from "@/components/states";
import { StatementDocument, WalletLiveDocument, type WalletPartsFragment } from "@/gql/drivers/graphql";
import { useLocale } from "@/lib/locale";
import { isNegative, money } from "@/lib/money";
import { nodes } from "@/lib/nodes";
import { Action } from "./action";
import { StatementTable } from "./statement-table";

const AdjustDialog = lazy(() => import("./adjust-dialog"));
const LimitDialog = lazy(() => import("./limit-dialog"));
const TopUpDialog = lazy(() => import("./top-up-dialog"));

/** A driver's wallet: what is in it, what moved it, and what may be done with it. It follows what happens. */
export function WalletSection({ wallet, name }: { wallet: WalletPartsFragment; name: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { tenant } = useHere();
  const may = useMay();
  const [open, setOpen] = useState<"adjust" | "limit" | "topUp">();
  const list = usePages(
    StatementDocument,
    { wallet: wallet.id, first: 25, sessions: may("session:read"), payments: may("payment:read") },
    ({ wallet: found }) => found?.statement ?? { pageInfo: { hasNextPage: false } },
  );
  const soon = useSoon(list.refetch);
  useLive(WalletLiveDocument, { id: wallet.id }, soon);
  const statement = list.data?.wallet?.statement;
  const entries = nodes(statement);
  const close = () => {
    setOpen(undefined);
  };
  const figure = (amount: WalletPartsFragment["balance"], strong = false) => (
    <span className={["tabular", strong ? "text-lg font-semibold" : "", isNegative(amount) ? "text-bad" : ""].join(" ")}>{money(locale, amount)}</span>
  );
  return (
    <>
      <Panel title={t("drivers.wallet")}>
        <Facts
          columns={4}
          facts={[
            { label: t("drivers.balance"), value: figure(wallet.balance, true) },
            { label: t("drivers.available"), value: figure(wallet.available, true) },
            { label: t("drivers.held"), value: figure(wallet.held) },
            { label: t("drivers.creditLimit"), value: figure(wallet.creditLimit) },
          ]}
        />
        <div className="mt-4 flex flex-wrap gap-2">
          <Action
            may={may("payment:write")}
            variant="primary"
            onClick={() => {
              setOpen("topUp");
            }}
          >
            {t("drivers.topUp")}
          </Action>
          <Action
            may={may("wallet:write")}
            onClick={() => {
              setOpen("adjust");
            }}
          >
            {t("drivers.adjust")}
          </Action>
          <Action
            may={may("wallet:write")}
            onClick={() => {
              setOpen("limit");
            }}
          >
            {t("drivers.setLimit")}
          </Action>
        </div>
      </Panel>
      <Panel flush title={t("drivers.statement")} note={t("drivers.statementNote")}>
        <ListStates
          loading={list.loading}
          problem={list.problem}
          onRetry={list.refetch}
          count={statement == null ? undefined : entries.length}
          empty={<Empty icon={<Wallet />} title={t("drivers.noEntry")} text={t("drivers.noEntryText")} />}
        >
          <StatementTable entries={entries} tenant={tenant.slug} />
          <More shown={entries.length} total={statement?.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
        </ListStates>
      </Panel>
      <Suspense>
        {open === "adjust" && <AdjustDialog wallet={wallet} name={name} onClose={close} onDone={list.refetch} />}
        {open === "limit" && <LimitDialog wallet={wallet} onClose={close} />}
        {open === "topUp" && <TopUpDialog wallet={wallet} name={name} onClose={close} />}
      </Suspense>
    </>
  );
}
