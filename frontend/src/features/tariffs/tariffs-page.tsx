import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Plus, Tag } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { DataTable } from "@/components/data-table";
import { ColumnMenu, FilterBar, FilterChip, SearchBox, useHiddenColumns } from "@/components/filters";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { PageHead } from "@/components/panel";
import { Empty, NoPermission } from "@/components/states";
import { useNow } from "@/components/time";
import { TariffsDocument, type TariffWhereInput } from "@/gql/billing/graphql";
import { useLocale } from "@/lib/locale";
import { nodes } from "@/lib/nodes";
import { tariffColumns } from "./columns";

const route = "/t/$tenant/tariffs";

/** What charging costs, and where. */
export default function TariffsPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const may = useMay();
  const { tenant, viewer, network } = useHere();
  const search = useSearch({ from: route });
  const navigate = useNavigate({ from: route });
  const [hidden, hide] = useHiddenColumns("tariffs");
  const now = useNow();
  const narrowed = viewer.networks.find(({ slug }) => slug === network)?.id;
  const where: TariffWhereInput = {
    archivedAtIsNil: search.archived == null,
    ...(search.q == null ? {} : { nameContainsFold: search.q }),
    // A network's own tariffs, and those of the tenant as a whole, which may count there too.
    ...(narrowed == null ? {} : { or: [{ networkId: narrowed }, { networkIdIsNil: true }] }),
  };
  const list = usePages(TariffsDocument, { first: 50, where }, (data) => data.tariffs, !may("tariff:read"));
  const rows = nodes(list.data?.tariffs);
  const columns = useMemo(() => tariffColumns(t, locale, tenant.slug, now), [t, locale, tenant.slug, now]);
  const add = may("tariff:write") && (
    <Button variant="primary" asChild>
      <Link to="/t/$tenant/tariffs/new" params={{ tenant: tenant.slug }}>
        <Plus aria-hidden />
        {t("tariffs.add")}
      </Link>
    </Button>
  );
  const filtered = search.q != null || search.archived != null;
  if (!may("tariff:read")) return <NoPermission />;
  return (
    <>
      <PageHead title={t("nav.tariffs")} sub={t("tariffs.text")} actions={add} />
      <FilterBar>
        <SearchBox
          label={t("tariffs.search")}
          value={search.q ?? ""}
          onChange={(q) => {
            void navigate({ search: (old) => ({ ...old, q: q === "" ? undefined : q }), replace: true });
          }}
        />
        <FilterChip
          single
          label={t("tariffs.archivedFilter")}
          choices={[{ value: "yes", label: t("tariffs.archivedOnly") }]}
          chosen={search.archived == null ? [] : ["yes"]}
          onChange={([choice]) => {
            void navigate({ search: (old) => ({ ...old, archived: choice === "yes" ? choice : undefined }), replace: true });
          }}
        />
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
          empty={<Empty icon={<Tag />} title={t(filtered ? "tariffs.noMatch" : "tariffs.none")} text={t(filtered ? "tariffs.noMatchText" : "tariffs.noneText")} action={filtered ? undefined : add} />}
        >
          <DataTable
            label={t("nav.tariffs")}
            columns={columns}
            rows={rows}
            rowId={({ id }) => id}
            hidden={hidden}
            onOpen={({ id }) => {
              void navigate({ to: "/t/$tenant/tariffs/$tariffId", params: { tenant: tenant.slug, tariffId: id } });
            }}
          />
          <More shown={rows.length} total={list.data?.tariffs.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
        </ListStates>
      </div>
    </>
  );
}
