import { useNavigate, useSearch } from "@tanstack/react-router";
import { CircleCheckBig } from "lucide-react";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLive, usePages } from "@/app/data";
import { listed } from "@/app/search";
import { useSoon } from "@/app/soon";
import { useHere, useMay } from "@/app/viewer";
import { DataTable } from "@/components/data-table";
import { FilterBar, FilterChip } from "@/components/filters";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { PageHead } from "@/components/panel";
import { Empty, NoPermission } from "@/components/states";
import { IssuesDocument, IssuesLiveDocument, type IssueSeverity, type IssueStatus } from "@/gql/billing/graphql";
import { nodes } from "@/lib/nodes";
import { issueStates, severities } from "@/status/billing";
import { StateShape } from "@/status/mark";
import { issueColumns } from "./columns";
import { issueFilter, urgentFirst } from "./order";

const IssuePanel = lazy(() => import("./issue-panel").then((module) => ({ default: module.IssuePanel })));

const route = "/t/$tenant/issues";
const statuses = Object.keys(issueStates) as IssueStatus[];
const grades = Object.keys(severities) as IssueSeverity[];

/** What somebody has to look at, the most urgent first. */
export default function IssuesPage() {
  const { t } = useTranslation();
  const may = useMay();
  const { tenant, viewer, network } = useHere();
  const search = useSearch({ from: route });
  const navigate = useNavigate({ from: route });
  const networkId = viewer.networks.find(({ slug }) => slug === network)?.id;
  const list = usePages(IssuesDocument, { first: 50, where: issueFilter(search, networkId) }, (data) => data.detectedIssues, !may("issue:read"));
  const soon = useSoon(list.refetch);
  useLive(IssuesLiveDocument, networkId == null ? {} : { networkId }, soon, !may("issue:read"));
  const rows = useMemo(() => urgentFirst(nodes(list.data?.detectedIssues)), [list.data]);
  const columns = useMemo(
    () =>
      issueColumns(t, tenant.slug, (id) => {
        void navigate({ search: (old) => ({ ...old, issue: id }) });
      }),
    [t, tenant.slug, navigate],
  );
  const change = (next: Partial<typeof search>) => {
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  };
  const filtered = search.status != null || search.severity != null;
  const shown = rows.find(({ id }) => id === search.issue);
  if (!may("issue:read")) return <NoPermission />;
  return (
    <>
      <PageHead title={t("nav.issues")} sub={t("issues.text")} />
      <FilterBar>
        <FilterChip
          label={t("stations.status")}
          choices={statuses.map((status) => ({ value: status, label: t(issueStates[status].word), mark: <StateShape state={issueStates[status]} /> }))}
          chosen={listed(search.status)}
          onChange={(chosen) => {
            change({ status: chosen.length === 0 ? undefined : chosen.join(",") });
          }}
        />
        <FilterChip
          label={t("issues.severity")}
          choices={grades.map((grade) => ({ value: grade, label: t(severities[grade].word), mark: <StateShape state={severities[grade]} /> }))}
          chosen={listed(search.severity)}
          onChange={(chosen) => {
            change({ severity: chosen.length === 0 ? undefined : chosen.join(",") });
          }}
        />
      </FilterBar>
      <div className="border-t">
        <ListStates
          loading={list.loading}
          problem={list.problem}
          onRetry={list.refetch}
          count={list.data == null ? undefined : rows.length}
          empty={<Empty icon={<CircleCheckBig />} title={t(filtered ? "issues.noMatch" : "issues.none")} text={t(filtered ? "tariffs.noMatchText" : "issues.noneText")} />}
        >
          <DataTable
            label={t("nav.issues")}
            columns={columns}
            rows={rows}
            rowId={({ id }) => id}
            onOpen={({ id }) => {
              change({ issue: id });
            }}
          />
          <More shown={rows.length} total={list.data?.detectedIssues.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
        </ListStates>
      </div>
      {shown != null && (
        <Suspense>
          <IssuePanel
            key={shown.id}
            issue={shown}
            onClose={() => {
              change({ issue: undefined });
            }}
          />
        </Suspense>
      )}
    </>
  );
}
