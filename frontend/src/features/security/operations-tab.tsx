import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { listed } from "@/app/search";
import { Button } from "@/components/button";
import { FilterBar, FilterChip, SearchBox } from "@/components/filters";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Empty } from "@/components/states";
import { useWatch } from "@/features/bulk/use-watch";
import { SecurityOperationsDocument, type SecurityOperationKind, type SecurityOperationStatus, type SecurityOperationWhereInput } from "@/gql/security/graphql";
import { nodes } from "@/lib/nodes";
import { StateShape } from "@/status/mark";
import { OperationItem } from "./operation-item";
import type { SecuritySearch } from "./security-page";
import { operationStates } from "./states";

const statuses: readonly SecurityOperationStatus[] = ["RUNNING", "APPROVAL", "FAILED", "COMPLETED", "CANCELLED"];
const kinds: readonly SecurityOperationKind[] = ["PROFILE", "RENEWAL", "PASSWORD", "ROOT"];

function filterOf(search: SecuritySearch): SecurityOperationWhereInput {
  const text = search.q?.trim() ?? "";
  const status = listed<SecurityOperationStatus>(search.status);
  const kind = listed<SecurityOperationKind>(search.kind);
  return {
    ...(status.length === 0 ? {} : { statusIn: status }),
    ...(kind.length === 0 ? {} : { kindIn: kind }),
    ...(search.batch == null ? {} : { batchId: search.batch }),
    ...(text === "" ? {} : { hasStationWith: [{ or: [{ nameContainsFold: text }, { identityContainsFold: text }] }] }),
  };
}

/** What is done to the security of stations, and how it ended, the newest first. */
export default function OperationsTab({ search, onSearch }: { search: SecuritySearch; onSearch: (change: Partial<SecuritySearch>) => void }) {
  const { t } = useTranslation();
  const list = usePages(SecurityOperationsDocument, { first: 50, where: filterOf(search) }, (data) => data.securityOperations);
  const rows = nodes(list.data?.securityOperations);
  useWatch(
    rows.some(({ status }) => status === "RUNNING"),
    list.refetch,
  );
  const filtered = search.q != null || search.status != null || search.kind != null || search.batch != null;
  return (
    <>
      <FilterBar>
        <SearchBox
          label={t("security.searchStations")}
          value={search.q ?? ""}
          onChange={(q) => {
            onSearch({ q: q === "" ? undefined : q });
          }}
        />
        <FilterChip
          label={t("security.status")}
          choices={statuses.map((status) => ({ value: status, label: t(operationStates[status].word), mark: <StateShape state={operationStates[status]} /> }))}
          chosen={listed(search.status)}
          onChange={(chosen) => {
            onSearch({ status: chosen.length === 0 ? undefined : chosen.join(",") });
          }}
        />
        <FilterChip
          label={t("security.what")}
          choices={kinds.map((kind) => ({ value: kind, label: t(`security.kind.${kind}`) }))}
          chosen={listed(search.kind)}
          onChange={(chosen) => {
            onSearch({ kind: chosen.length === 0 ? undefined : chosen.join(",") });
          }}
        />
        {search.batch != null && (
          <Button
            size="sm"
            onClick={() => {
              onSearch({ batch: undefined });
            }}
          >
            {t("security.allBatches")}
          </Button>
        )}
      </FilterBar>
      <div className="border-t">
        <ListStates
          loading={list.loading}
          problem={list.problem}
          onRetry={list.refetch}
          count={list.data == null ? undefined : rows.length}
          empty={<Empty icon={<RefreshCw />} title={t(filtered ? "security.noMatch" : "security.noOperations")} text={filtered ? undefined : t("security.noOperationsText")} />}
        >
          <ul aria-label={t("security.operations")} className="divide-y border-b sm:px-2">
            {rows.map((operation) => (
              <OperationItem key={operation.id} operation={operation} named onChanged={list.refetch} />
            ))}
          </ul>
          <More shown={rows.length} total={list.data?.securityOperations.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
        </ListStates>
      </div>
    </>
  );
}
