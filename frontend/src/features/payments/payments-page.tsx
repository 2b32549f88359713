import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { CreditCard, Scale } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { listed } from "@/app/search";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { DataTable } from "@/components/data-table";
import { ColumnMenu, FilterBar, FilterChip, SearchBox, useHiddenColumns } from "@/components/filters";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { PageHead } from "@/components/panel";
import { Empty, NoPermission } from "@/components/states";
import { TimeRange } from "@/components/time-range";
import { PaymentsDocument, type PaymentStatus } from "@/gql/graphql";
import { useLocale } from "@/lib/locale";
import { nodes } from "@/lib/nodes";
import { StateShape } from "@/status/mark";
import { paymentColumns } from "./columns";
import { paymentFilter } from "./filter";
import { paymentStates } from "./states";

const route = "/t/$tenant/payments";
const offered: readonly PaymentStatus[] = ["PENDING", "FAILED", "EXPIRED", "CAPTURED", "REFUNDED", "DISPUTED"];

/** What came in over payment providers, the newest first. */
export default function PaymentsPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const may = useMay();
  const { tenant } = useHere();
  const search = useSearch({ from: route });
  const navigate = useNavigate({ from: route });
  const [hidden, hide] = useHiddenColumns("payments");
  const list = usePages(PaymentsDocument, { first: 50, where: paymentFilter(search) }, (data) => data.payments, !may("payment:read"));
  const rows = nodes(list.data?.payments);
  const columns = useMemo(() => paymentColumns(t, locale, tenant.slug), [t, locale, tenant.slug]);
  const change = (next: Partial<typeof search>) => {
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  };
  const filtered = search.q != null || search.status != null || search.since != null || search.until != null || search.uncertain != null;
  if (!may("payment:read")) return <NoPermission />;
  return (
    <>
      <PageHead
        title={t("nav.payments")}
        sub={t("payments.text")}
        actions={
          <Button asChild>
            <Link to="/t/$tenant/reconciliations" params={{ tenant: tenant.slug }} search={{}}>
              <Scale aria-hidden />
              {t("payments.reconciliations")}
            </Link>
          </Button>
        }
      />
      <FilterBar>
        <SearchBox
          label={t("payments.search")}
          value={search.q ?? ""}
          onChange={(q) => {
            change({ q: q === "" ? undefined : q });
          }}
        />
        <FilterChip
          label={t("payments.status")}
          choices={offered.map((status) => ({ value: status, label: t(paymentStates[status].word), mark: <StateShape state={paymentStates[status]} /> }))}
          chosen={listed(search.status)}
          onChange={(chosen) => {
            change({ status: chosen.length === 0 ? undefined : chosen.join(",") });
          }}
        />
        <FilterChip
          single
          label={t("payments.uncertain")}
          choices={[{ value: "yes", label: t("payments.uncertainOnly") }]}
          chosen={search.uncertain == null ? [] : ["yes"]}
          onChange={([choice]) => {
            change({ uncertain: choice === "yes" ? choice : undefined });
          }}
        />
        <TimeRange since={search.since} until={search.until} onChange={change} />
        <span className="ml-auto">
          <ColumnMenu columns={columns} hidden={hidden} onChange={hide} />
        </span>
      </FilterBar>
      <div className="border-t">
        <ListStates
          loading={list.loading}
          problem={list.problem}
          onRetry={list.refetch}
          count={list.data == null ? undefined : rows.length}
          empty={<Empty icon={<CreditCard />} title={t(filtered ? "payments.noMatch" : "payments.none")} text={t(filtered ? "payments.noMatchText" : "payments.noneText")} />}
        >
          <DataTable
            label={t("nav.payments")}
            columns={columns}
            rows={rows}
            rowId={({ id }) => id}
            hidden={hidden}
            onOpen={({ id }) => {
              void navigate({ to: "/t/$tenant/payments/$paymentId", params: { tenant: tenant.slug, paymentId: id } });
            }}
          />
          <More shown={rows.length} total={list.data?.payments.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
        </ListStates>
      </div>
    </>
  );
}
