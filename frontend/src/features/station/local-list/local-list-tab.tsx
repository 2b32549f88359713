import { RefreshCw, Send } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAll, useChange, usePages } from "@/app/data";
import { useMay } from "@/app/viewer";
import { Badge, type Tone } from "@/components/badge";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { DataTable, type Column } from "@/components/data-table";
import { FilterBar, FilterChip } from "@/components/filters";
import { ListStates } from "@/components/list";
import { Facts, Panel } from "@/components/panel";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { useCommandFailure, useCommandRefusal } from "@/features/commands/refused";
import { GetLocalListVersionDocument, ListTokensDocument, SendLocalListDocument, StationLocalListDocument, type LocalListUpdate, type StationDetailFragment, type StationLocalListQuery } from "@/gql/graphql";
import { compared, entriesOf, tokensOf, type Row } from "./difference";

const none: NonNullable<StationLocalListQuery["station"]>["localList"] = { totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null }, edges: [] };
const tones: Record<Row["kind"], Tone> = { same: "ok", missing: "warn", extra: "warn", changed: "warn" };

/** The list by which the station decides on its own, beside the tokens that it should hold. */
export default function LocalListTab({ station }: { station: StationDetailFragment }) {
  const { t } = useTranslation();
  const may = useMay();
  const refused = useCommandRefusal(station, "station:command");
  const list = usePages(StationLocalListDocument, { id: station.id, first: 200 }, (data) => data.station?.localList ?? none);
  const where = { or: [{ networkId: station.networkId }, { networkIdIsNil: true }] };
  const tokens = usePages(ListTokensDocument, { first: 200, where }, (data) => data.tokens, !may("token:read"));
  // Only all of them can be compared.
  useAll(list);
  useAll(tokens);
  const failure = useCommandFailure();
  const [now] = useState(() => Date.now());
  const [onlyDifferent, setOnlyDifferent] = useState(false);
  const [sending, setSending] = useState<LocalListUpdate>();
  const [send, busy] = useChange(SendLocalListDocument);
  const [ask, asking] = useChange(GetLocalListVersionDocument);

  const complete = list.data != null && tokens.data != null;
  const rows = useMemo(() => (list.data == null || tokens.data == null ? [] : compared(entriesOf(list.data), tokensOf(tokens.data), now)), [list.data, tokens.data, now]);
  const different = rows.filter(({ kind }) => kind !== "same");
  const shown = onlyDifferent ? different : rows;
  const held = list.data?.station;

  const columns: Column<Row>[] = [
    {
      id: "tag",
      header: t("session.who"),
      cell: ({ idTag, label }) => (
        <span>
          <span className="code font-medium break-all">{idTag}</span> {label !== "" && <span className="text-ink-2">{label}</span>}
        </span>
      ),
    },
    { id: "kind", header: t("localList.compared"), cell: ({ kind }) => <Badge tone={tones[kind]}>{t(`localList.kind.${kind}`)}</Badge> },
    { id: "status", header: t("localList.status"), className: "hidden sm:table-cell", cell: ({ status }) => status },
    { id: "until", header: t("localList.validUntil"), className: "hidden md:table-cell", cell: ({ validUntil }) => <Time at={validUntil} style="minute" /> },
  ];

  return (
    <>
      <FilterBar>
        <FilterChip
          single
          label={t("localList.compared")}
          choices={[{ value: "yes", label: t("localList.onlyDifferent") }]}
          chosen={onlyDifferent ? ["yes"] : []}
          onChange={([on]) => {
            setOnlyDifferent(on != null);
          }}
        />
        <div className="ml-auto flex flex-wrap items-center gap-2">
          {refused != null && <p className="text-sm text-ink-2">{t(refused)}</p>}
          <Button
            disabled={refused != null}
            busy={asking}
            onClick={() => {
              void ask({ input: { stationId: station.id } }).then(({ data, problem }) => {
                const error = failure(data?.getLocalListVersion, problem);
                if (error != null) toast(error, "bad");
                list.refetch();
              });
            }}
          >
            <RefreshCw aria-hidden />
            {t("localList.ask")}
          </Button>
          {(["DIFFERENTIAL", "FULL"] as const).map((type) => (
            <Button
              key={type}
              disabled={refused != null}
              onClick={() => {
                setSending(type);
              }}
            >
              <Send aria-hidden />
              {t(`localList.send.${type}`)}
            </Button>
          ))}
        </div>
      </FilterBar>
      <div className="px-4 pb-4 sm:px-6">
        <Panel>
          <Facts
            columns={4}
            facts={[
              { label: t("localList.version"), value: held?.localListVersion == null ? undefined : <span className="tabular">{held.localListVersion}</span> },
              { label: t("localList.sent"), value: held?.localListAt && <Time at={held.localListAt} style="minute" /> },
              { label: t("localList.entries"), value: held == null ? undefined : <span className="tabular">{held.localList.totalCount}</span> },
              { label: t("localList.different"), value: complete ? <span className="tabular">{different.length}</span> : undefined },
            ]}
          />
        </Panel>
      </div>
      <div className="border-t">
        <ListStates
          loading={list.loading || tokens.loading}
          problem={list.problem ?? tokens.problem}
          onRetry={() => {
            list.refetch();
            tokens.refetch();
          }}
          count={complete ? shown.length : undefined}
          empty={<Empty title={t(onlyDifferent && rows.length > 0 ? "localList.noDifference" : "localList.none")} text={onlyDifferent && rows.length > 0 ? undefined : t("localList.noneText")} />}
        >
          <DataTable label={t("station.localList")} columns={columns} rows={shown} rowId={({ idTag }) => idTag} />
        </ListStates>
      </div>
      <Confirm
        open={sending != null}
        onOpenChange={() => {
          setSending(undefined);
        }}
        title={t(`localList.sendTitle.${sending ?? "FULL"}`)}
        text={t(`localList.sendText.${sending ?? "FULL"}`, { station: station.name })}
        action={t("localList.sendRun")}
        busy={busy}
        onConfirm={async () => {
          const { data, problem } = await send({ input: { stationId: station.id, type: sending ?? "FULL" } });
          list.refetch();
          const error = failure(data?.sendLocalList, problem);
          if (error == null) toast(t("localList.accepted"));
          return error;
        }}
      />
    </>
  );
}
