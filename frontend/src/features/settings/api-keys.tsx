import { KeyRound, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, usePages } from "@/app/data";
import { useMay } from "@/app/viewer";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { DataTable, type Column } from "@/components/data-table";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { ApiKeysDocument, RevokeApiKeyDocument, type ApiKeyRowFragment } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { ApiKeyDialog } from "./api-key-dialog";
import { SectionHead } from "./section-head";

/** The keys with which other programs use the API. */
export default function ApiKeys() {
  const { t } = useTranslation();
  const may = useMay();
  const writable = may("apikey:write");
  const [adding, setAdding] = useState(false);
  const [revoked, setRevoked] = useState<ApiKeyRowFragment>();
  const [revoke, revoking] = useChange(RevokeApiKeyDocument);
  const list = usePages(ApiKeysDocument, { first: 50 }, (data) => data.apiKeys);
  const keys = nodes(list.data?.apiKeys);
  const columns = useMemo<Column<ApiKeyRowFragment>[]>(
    () => [
      {
        id: "name",
        header: t("apiKeys.name"),
        cell: ({ name, prefix, revokedAt }) => (
          <>
            <span className="font-medium">{name}</span> {revokedAt != null && <Badge>{t("apiKeys.revoked")}</Badge>}
            <p className="code text-ink-2">{prefix}…</p>
          </>
        ),
      },
      { id: "role", header: t("members.role"), cell: ({ role }) => t(`role.${role}.name`) },
      {
        id: "scopes",
        header: t("apiKeys.scopes"),
        className: "hidden lg:table-cell",
        cell: ({ scopes }) => <span className="code block max-w-80 truncate text-ink-2">{scopes?.length ? scopes.join(" ") : t("apiKeys.allScopes")}</span>,
      },
      { id: "network", header: t("stations.network"), className: "hidden md:table-cell", cell: ({ network }) => network?.name ?? <span className="text-ink-2">{t("scope.all")}</span> },
      { id: "used", header: t("apiKeys.lastUsed"), className: "hidden sm:table-cell", cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
      { id: "expires", header: t("apiKeys.expires"), className: "hidden lg:table-cell", cell: ({ expiresAt }) => <Time at={expiresAt} style="date" /> },
      {
        id: "revoke",
        header: "",
        end: true,
        cell: (key) =>
          writable &&
          key.revokedAt == null && (
            <Button
              variant="quiet"
              size="sm"
              aria-label={t("apiKeys.revokeOne", { name: key.name })}
              onClick={() => {
                setRevoked(key);
              }}
            >
              {t("apiKeys.revoke")}
            </Button>
          ),
      },
    ],
    [t, writable],
  );
  return (
    <>
      <SectionHead
        text={t("apiKeys.text")}
        action={
          writable && (
            <Button
              variant="primary"
              onClick={() => {
                setAdding(true);
              }}
            >
              <Plus aria-hidden />
              {t("apiKeys.add")}
            </Button>
          )
        }
      />
      <ListStates
        loading={list.loading}
        problem={list.problem}
        onRetry={list.refetch}
        count={list.data == null ? undefined : keys.length}
        empty={<Empty icon={<KeyRound />} title={t("apiKeys.none")} text={t("apiKeys.noneText")} />}
      >
        <DataTable label={t("settings.api-keys")} columns={columns} rows={keys} rowId={({ id }) => id} />
        <More shown={keys.length} total={list.data?.apiKeys.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
      </ListStates>
      {adding && (
        <ApiKeyDialog
          onClose={() => {
            setAdding(false);
          }}
        />
      )}
      <Confirm
        danger
        open={revoked != null}
        onOpenChange={() => {
          setRevoked(undefined);
        }}
        title={t("apiKeys.revokeOne", { name: revoked?.name ?? "" })}
        text={t("apiKeys.revokeText")}
        action={t("apiKeys.revoke")}
        busy={revoking}
        onConfirm={async () => {
          if (revoked == null) return undefined;
          const { problem } = await revoke({ input: { id: revoked.id } });
          if (problem == null) toast(t("apiKeys.revokedNow"));
          return problem?.text;
        }}
      />
    </>
  );
}
