import { CreditCard, Pencil, Plus } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { useMay } from "@/app/viewer";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { DataTable, type Column } from "@/components/data-table";
import { ListStates } from "@/components/list";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { SectionHead } from "@/features/settings/section-head";
import { PaymentAccountsDocument, type PaymentAccountRowFragment } from "@/gql/graphql";

const AccountDialog = lazy(() => import("./account-dialog"));

/** The accounts with payment providers, and whether their webhooks work. */
export default function AccountsSection() {
  const { t } = useTranslation();
  const may = useMay();
  const writable = may("payment:account");
  const [edited, setEdited] = useState<PaymentAccountRowFragment | "new">();
  const list = useData(PaymentAccountsDocument, {});
  const accounts = list.data?.paymentAccounts;
  const columns = useMemo<Column<PaymentAccountRowFragment>[]>(
    () => [
      {
        id: "name",
        header: t("payments.account"),
        cell: ({ name, provider, live }) => (
          <span className="flex flex-wrap items-center gap-x-2">
            <span className="font-medium">{name}</span>
            <span className="text-ink-2">{t(`payments.of.${provider}`)}</span>
            {!live && <Badge>{t("payments.test")}</Badge>}
          </span>
        ),
      },
      { id: "network", header: t("payments.network"), className: "hidden md:table-cell", cell: ({ network }) => network?.name ?? t("payments.everywhere") },
      {
        id: "enabled",
        header: t("payments.takes"),
        className: "hidden sm:table-cell",
        cell: ({ enabled }) => <Badge tone={enabled ? "ok" : "idle"}>{t(enabled ? "payments.on" : "payments.off")}</Badge>,
      },
      {
        id: "webhook",
        header: t("payments.webhook"),
        cell: ({ lastEventAt }) => (lastEventAt == null ? <Badge tone="warn">{t("payments.noEvent")}</Badge> : <Time at={lastEventAt} />),
      },
      {
        id: "edit",
        header: "",
        end: true,
        cell: (account) => (
          <Button
            variant="quiet"
            size="icon-sm"
            aria-label={t("payments.editAccount", { name: account.name })}
            onClick={() => {
              setEdited(account);
            }}
          >
            <Pencil aria-hidden />
          </Button>
        ),
      },
    ],
    [t],
  );
  const add = writable && (
    <Button
      variant="primary"
      onClick={() => {
        setEdited("new");
      }}
    >
      <Plus aria-hidden />
      {t("payments.addAccount")}
    </Button>
  );
  return (
    <>
      <SectionHead text={t("payments.accountsText")} action={add} />
      <ListStates
        loading={list.loading}
        problem={list.problem}
        onRetry={list.refetch}
        count={accounts?.length}
        empty={<Empty icon={<CreditCard />} title={t("payments.noAccount")} text={t("payments.noAccountText")} action={add} />}
      >
        <DataTable label={t("payments.accounts")} columns={columns} rows={accounts ?? []} rowId={({ id }) => id} />
      </ListStates>
      {edited != null && (
        <Suspense>
          <AccountDialog
            {...(edited === "new" ? {} : { account: edited })}
            writable={writable}
            onSaved={list.refetch}
            onClose={() => {
              setEdited(undefined);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
