import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { CircleStop } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { listed } from "@/app/search";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { LazyConfirm } from "@/components/lazy-confirm";
import { Json } from "@/components/json";
import { Facts, PageHead, Panel } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { Empty, Failure, NoPermission } from "@/components/states";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { BulkCommandDocument, CancelBulkCommandDocument, type BulkRowFragment } from "@/gql/graphql";
import { bulkStates } from "@/status/language";
import { StateMark } from "@/status/mark";
import { minutesFor } from "./catalogue";
import { ProgressBar } from "./progress-bar";
import { useWatch } from "./use-watch";

const Targets = lazy(() => import("./targets"));

const route = "/t/$tenant/bulk/$bulkId";

export default function BulkPage() {
  const { t } = useTranslation();
  const { bulkId } = useParams({ from: route });
  const may = useMay();
  const loaded = useData(BulkCommandDocument, { id: bulkId }, !may("command:read"));
  const bulk = loaded.data?.bulkCommand;
  useWatch(bulk?.status === "RUNNING", loaded.refetch);
  if (!may("command:read")) return <NoPermission />;
  if (bulk != null) return <BulkView bulk={bulk} onChanged={loaded.refetch} />;
  if (loaded.problem != null) return <Failure message={problemText(t, loaded.problem)} onRetry={loaded.refetch} />;
  return loaded.loading ? <SkeletonRows /> : <Empty title={t("states.notFound.title")} text={t("bulk.gone")} />;
}

function BulkView({ bulk, onChanged }: { bulk: BulkRowFragment; onChanged: () => void }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const may = useMay();
  const [cancel, cancelling] = useChange(CancelBulkCommandDocument);
  const [asking, setAsking] = useState(false);
  const search = useSearch({ from: route });
  const navigate = useNavigate({ from: route });
  const running = bulk.status === "RUNNING";
  return (
    <>
      <PageHead
        crumb={
          <Link to="/t/$tenant/bulk" params={{ tenant: tenant.slug }} className="hover:underline">
            {t("nav.bulk")}
          </Link>
        }
        title={bulk.name === "" ? bulk.command : bulk.name}
        mark={<StateMark state={bulkStates[bulk.status]} pill />}
        sub={running && bulk.progress.waiting > 0 ? t("bulk.takes", { count: minutesFor(bulk.progress.waiting, bulk.perMinute) }) : undefined}
        actions={
          running &&
          may("station:command") && (
            <Button
              onClick={() => {
                setAsking(true);
              }}
            >
              <CircleStop aria-hidden />
              {t("bulk.cancel")}
            </Button>
          )
        }
      />
      <div className="flex flex-col gap-4 px-4 pb-6 sm:px-6">
        <Panel title={t("bulk.progress")}>
          <ProgressBar progress={bulk.progress} label={t("bulk.progress")} />
        </Panel>
        <Suspense fallback={<SkeletonRows rows={4} />}>
          <Targets
            bulkId={bulk.id}
            progress={bulk.progress}
            running={running}
            chosen={listed(search.status)}
            onChoose={(chosen) => {
              void navigate({ search: (old) => ({ ...old, status: chosen.length === 0 ? undefined : chosen.join(",") }), replace: true });
            }}
          />
        </Suspense>
        <Panel title={t("session.facts")}>
          <div className="flex flex-col gap-4">
            <Facts
              columns={3}
              facts={[
                { label: t("commands.action"), value: <span className="code">{bulk.command}</span> },
                { label: t("commands.by"), value: bulk.requestedBy },
                { label: t("bulk.rate"), value: <span className="tabular">{bulk.perMinute}</span> },
                { label: t("commands.at"), value: <Time at={bulk.createdAt} style="second" /> },
                { label: t("bulk.ended"), value: bulk.completedAt == null ? undefined : <Time at={bulk.completedAt} style="second" /> },
              ]}
            />
            <div>
              <p className="mb-1 text-xs text-ink-2">{t("bulk.parameters")}</p>
              <Json value={bulk.parameters} />
            </div>
          </div>
        </Panel>
      </div>
      <LazyConfirm
        danger
        open={asking}
        onOpenChange={setAsking}
        title={t("bulk.cancelTitle")}
        text={t("bulk.cancelText", { count: bulk.progress.waiting })}
        action={t("bulk.cancel")}
        busy={cancelling}
        onConfirm={async () => {
          const { problem } = await cancel({ input: { bulkCommandId: bulk.id } });
          onChanged();
          if (problem != null) return problem.text;
          toast(t("bulk.cancelled"));
          return undefined;
        }}
      />
    </>
  );
}
