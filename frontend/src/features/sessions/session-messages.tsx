import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Empty } from "@/components/states";
import { assemble } from "@/features/messages/exchange";
import { ExchangeRow } from "@/features/messages/exchange-row";
import { MessagesDocument, type SessionDetailFragment } from "@/gql/graphql";
import { belongs } from "./relevant";

/** Authorisation comes shortly before, the last status shortly after. */
const margin = 120_000;

const around = ["Authorize", "StartTransaction", "StopTransaction", "MeterValues", "StatusNotification", "RemoteStartTransaction", "RemoteStopTransaction", "UnlockConnector", "DataTransfer", "TransactionEvent"];

/** Every message that belongs to one session. */
export function SessionMessages({ session }: { session: SessionDetailFragment }) {
  const { t } = useTranslation();
  const where = {
    stationId: session.station.id,
    typeIn: ["CALL" as const, "SEND" as const],
    actionIn: around,
    atGTE: new Date(new Date(session.startReceivedAt).getTime() - margin).toISOString(),
    ...(session.stopReceivedAt == null ? {} : { atLTE: new Date(new Date(session.stopReceivedAt).getTime() + margin).toISOString() }),
  };
  const list = usePages(MessagesDocument, { first: 100, where }, (data) => data.ocppMessages);
  const exchanges = useMemo(() => assemble(list.data?.ocppMessages, []).filter((exchange) => belongs(exchange, session)), [list.data, session]);
  return (
    <ListStates
      loading={list.loading}
      problem={list.problem}
      onRetry={list.refetch}
      count={list.data == null ? undefined : exchanges.length}
      empty={<Empty title={t("session.noMessages")} />}
    >
      <ol aria-label={t("session.messages")} className="@container">
        {exchanges.map((exchange) => (
          <ExchangeRow key={exchange.id} exchange={exchange} />
        ))}
      </ol>
      {list.more && <More shown={exchanges.length} total={list.data?.ocppMessages.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />}
    </ListStates>
  );
}
