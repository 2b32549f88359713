import { useNavigate } from "@tanstack/react-router";
import { BatteryCharging } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLive, usePages } from "@/app/data";
import { useHere } from "@/app/viewer";
import { DataTable } from "@/components/data-table";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Empty } from "@/components/states";
import { SessionsDocument, SessionsLiveDocument, type ChargingSessionWhereInput } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { sessionColumns } from "./columns";
import { useLocale } from "@/lib/locale";

type Props = { where: ChargingSessionWhereInput; stationId?: string; hidden?: Readonly<Record<string, boolean>>; filtered?: boolean };

/** Sessions, newest first; running ones move as they charge. */
export function SessionList({ where, stationId, hidden, filtered = false }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { tenant } = useHere();
  const navigate = useNavigate();
  const list = usePages(SessionsDocument, { first: 50, where }, (data) => data.chargingSessions);
  const sessions = useMemo(() => nodes(list.data?.chargingSessions), [list.data]);
  useLive(SessionsLiveDocument, stationId == null ? {} : { stationIds: [stationId] }, ({ sessions: event }) => {
    const { session } = event;
    const newer = session != null && !sessions.some(({ id }) => id === session.id) && (sessions[0] == null || session.startedAt > sessions[0].startedAt);
    if (event.missed || newer) list.refetch();
  });
  const columns = useMemo(() => sessionColumns(t, locale, tenant.slug, stationId == null), [t, locale, tenant.slug, stationId]);
  return (
    <ListStates
      loading={list.loading}
      problem={list.problem}
      onRetry={list.refetch}
      count={list.data == null ? undefined : sessions.length}
      empty={<Empty icon={<BatteryCharging />} title={t(filtered ? "sessions.noMatch" : "sessions.none")} text={t(filtered ? "sessions.noMatchText" : "sessions.noneText")} />}
    >
      <DataTable
        label={t("sessions.title")}
        columns={columns}
        rows={sessions}
        rowId={({ id }) => id}
        {...(hidden == null ? {} : { hidden })}
        onOpen={({ id }) => {
          void navigate({ to: "/t/$tenant/sessions/$sessionId", params: { tenant: tenant.slug, sessionId: id } });
        }}
      />
      <More shown={sessions.length} total={list.data?.chargingSessions.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
    </ListStates>
  );
}
