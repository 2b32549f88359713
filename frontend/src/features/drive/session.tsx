import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData, useLive } from "@/app/data";
import { problemText } from "@/app/errors";
import { usePageTitle } from "@/app/title";
import { SkeletonRows } from "@/components/skeleton";
import { Empty, Failure } from "@/components/states";
import { MySessionDocument, MySessionUpdatedDocument, StopMyChargingDocument, type MySessionRowFragment } from "@/gql/drive/graphql";
import { SessionView } from "./session-view";

/** One session, live while it goes on. */
export function Session({ sessionId }: { sessionId: string }) {
  const { t } = useTranslation();
  const { data, loading, problem, refetch } = useData(MySessionDocument, { id: sessionId });
  const [live, setLive] = useState<MySessionRowFragment>();
  const [stop, stopping] = useChange(StopMyChargingDocument);
  const [refusal, setRefusal] = useState<string>();
  useLive(MySessionUpdatedDocument, { id: sessionId }, ({ mySessionUpdated: { session } }) => {
    if (session == null) return;
    setLive(session);
    // The lines of the bill grow with the meter, and the receipt comes with the end.
    refetch();
  });
  // The receipt is written a moment after the bill is paid.
  const awaited = data?.my.session?.billing === "PAID" && data.my.session.receipts.length === 0;
  useEffect(() => {
    if (!awaited) return undefined;
    const timers = [2_000, 5_000, 15_000].map((wait) => setTimeout(refetch, wait));
    return () => {
      timers.forEach(clearTimeout);
    };
  }, [awaited, refetch]);
  usePageTitle(t("drive.session.title"));
  if (problem != null && data == null) return <Failure message={problemText(t, problem)} onRetry={refetch} />;
  if (loading || data == null) return <SkeletonRows rows={5} />;
  const stored = data.my.session;
  if (stored == null) return <Empty title={t("drive.session.missing")} />;
  const end = async () => {
    setRefusal(undefined);
    const answer = await stop({ input: { sessionId } });
    if (answer.problem == null) refetch();
    else setRefusal(answer.problem.text);
  };
  const newer = live?.id === stored.id && stored.running ? live : stored;
  return <SessionView session={{ ...stored, ...newer }} stopping={stopping} refusal={refusal} onStop={() => void end()} />;
}
