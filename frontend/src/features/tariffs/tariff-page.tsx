import { Link, useParams } from "@tanstack/react-router";
import { Archive, Pencil, Plus, Unlink } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { useHere, useMay } from "@/app/viewer";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { LazyConfirm } from "@/components/lazy-confirm";
import { Notice } from "@/components/notice";
import { PageHead, Panel } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { Empty, Failure, NoPermission } from "@/components/states";
import { Time, useNow } from "@/components/time";
import { toast } from "@/components/toast";
import { ArchiveTariffDocument, TariffDocument, UnassignTariffDocument, type TariffDetailFragment, type TariffLevel, type UnassignTariffInput } from "@/gql/billing/graphql";
import { useLocale } from "@/lib/locale";
import { tariffState } from "@/status/billing";
import { StateMark } from "@/status/mark";
import { definitionOf } from "./definition";
import { changes, sentences } from "./words";

const AssignDialog = lazy(() => import("./assign-dialog"));

export default function TariffPage() {
  const { t } = useTranslation();
  const { tariffId } = useParams({ from: "/t/$tenant/tariffs/$tariffId" });
  const may = useMay();
  const loaded = useData(TariffDocument, { id: tariffId }, !may("tariff:read"));
  const tariff = loaded.data?.tariff;
  if (!may("tariff:read")) return <NoPermission />;
  if (tariff != null) return <TariffView tariff={tariff} onChanged={loaded.refetch} />;
  if (loaded.problem != null && loaded.problem.code !== "NOT_FOUND") return <Failure message={problemText(t, loaded.problem)} onRetry={loaded.refetch} />;
  return loaded.loading ? <SkeletonRows /> : <Empty title={t("states.notFound.title")} text={t("tariffs.gone")} />;
}

function TariffView({ tariff, onChanged }: { tariff: TariffDetailFragment; onChanged: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { tenant } = useHere();
  const may = useMay();
  const now = useNow();
  const [archive, archiving] = useChange(ArchiveTariffDocument);
  const [asking, setAsking] = useState(false);
  const [assigning, setAssigning] = useState(false);
  const writable = may("tariff:write") && tariff.archivedAt == null;
  const definition = definitionOf(tariff.version.definition);
  const assigned = tariff.assignments.length;
  return (
    <>
      <PageHead
        crumb={
          <Link to="/t/$tenant/tariffs" params={{ tenant: tenant.slug }} search={{}} className="hover:underline">
            {t("nav.tariffs")}
          </Link>
        }
        title={tariff.name}
        mark={<StateMark pill state={tariffState(tariff, now)} />}
        sub={[tariff.network?.name ?? t("scope.all"), tariff.currency, t("tariffs.versionNo", { no: tariff.version.number })].join(" · ")}
        actions={
          writable && (
            <>
              <Button
                disabled={assigned > 0}
                data-tip={assigned > 0 ? t("tariffs.archiveRefused", { count: assigned }) : undefined}
                onClick={() => {
                  setAsking(true);
                }}
              >
                <Archive aria-hidden />
                {t("tariffs.archive")}
              </Button>
              <Button variant="primary" asChild>
                <Link to="/t/$tenant/tariffs/$tariffId/edit" params={{ tenant: tenant.slug, tariffId: tariff.id }}>
                  <Pencil aria-hidden />
                  {t("tariffs.edit")}
                </Link>
              </Button>
            </>
          )
        }
      />
      <div className="grid items-start gap-4 px-4 pb-10 sm:px-6 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          {tariff.warnings.map(({ code, message }) => (
            <Notice key={`${code} ${message}`} tone="warn">
              {message}
            </Notice>
          ))}
          <Panel title={t("tariffs.prices")}>
            <Sentences lines={sentences(t, locale, definition)} />
            <Validity from={tariff.version.validFrom} to={tariff.version.validTo} />
            {(definition.tariff_alt_text ?? []).map(({ language, text }) => (
              <p key={language} lang={language} className="mt-2 border-l-2 pl-3 text-sm text-ink-2">
                {text}
              </p>
            ))}
          </Panel>
          <Panel
            flush
            title={t("tariffs.where")}
            note={assigned === 0 ? undefined : t("tariffs.nearest")}
            action={
              writable && (
                <Button
                  size="sm"
                  onClick={() => {
                    setAssigning(true);
                  }}
                >
                  <Plus aria-hidden />
                  {t("tariffs.assign")}
                </Button>
              )
            }
          >
            <Assignments tariff={tariff} writable={writable} onChanged={onChanged} />
          </Panel>
        </div>
        <Panel flush title={t("tariffs.versions")}>
          <Versions tariff={tariff} />
        </Panel>
      </div>
      <LazyConfirm
        danger
        open={asking}
        onOpenChange={setAsking}
        title={t("tariffs.archiveTitle", { name: tariff.name })}
        text={t("tariffs.archiveText")}
        action={t("tariffs.archive")}
        busy={archiving}
        onConfirm={async () => {
          const { problem } = await archive({ input: { id: tariff.id } });
          if (problem != null) return problem.text;
          toast(t("tariffs.archivedNow"));
          return undefined;
        }}
      />
      {assigning && (
        <Suspense>
          <AssignDialog
            tariff={tariff}
            onDone={onChanged}
            onClose={() => {
              setAssigning(false);
            }}
          />
        </Suspense>
      )}
    </>
  );
}

function Sentences({ lines, tone }: { lines: readonly string[]; tone?: "gone" | "added" }) {
  const sign = tone === "gone" ? "−" : "+";
  return (
    <ul className="flex flex-col gap-1 text-sm">
      {lines.map((line) => (
        <li key={line} className={tone === "gone" ? "text-ink-2 line-through decoration-ink-3" : undefined}>
          {tone != null && <span aria-hidden>{sign} </span>}
          {line}
        </li>
      ))}
    </ul>
  );
}

function Validity({ from, to }: { from?: string | null; to?: string | null }) {
  const { t } = useTranslation();
  if (from == null && to == null) return null;
  return (
    <p className="mt-2 flex flex-wrap gap-x-3 text-sm text-ink-2">
      {from != null && (
        <span>
          {t("tariffs.validFrom")} <Time at={from} style="minute" />
        </span>
      )}
      {to != null && (
        <span>
          {t("tariffs.validTo")} <Time at={to} style="minute" />
        </span>
      )}
    </p>
  );
}

/** The versions, each with what it changed of the one before it. */
function Versions({ tariff }: { tariff: TariffDetailFragment }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <ol className="divide-y">
      {tariff.versions.map((version, index) => {
        const before = tariff.versions[index + 1];
        const now = definitionOf(version.definition);
        const { gone, added } = before == null ? { gone: [], added: sentences(t, locale, now) } : changes(t, locale, definitionOf(before.definition), now);
        return (
          <li key={version.id} className="flex flex-col gap-1.5 px-4 py-3">
            <div className="flex flex-wrap items-center gap-2">
              <p className="font-medium">{t("tariffs.versionNo", { no: version.number })}</p>
              {version.id === tariff.version.id && <Badge tone="ok">{t("tariffs.holds")}</Badge>}
              <p className="ml-auto text-sm text-ink-2">
                {version.createdBy} · <Time at={version.createdAt} style="minute" />
              </p>
            </div>
            <Validity from={version.validFrom ?? null} to={version.validTo ?? null} />
            {gone.length > 0 && <Sentences lines={gone} tone="gone" />}
            {added.length > 0 && (before == null ? <Sentences lines={added} /> : <Sentences lines={added} tone="added" />)}
            {gone.length + added.length === 0 && <p className="text-sm text-ink-2">{t("tariffs.noChange")}</p>}
          </li>
        );
      })}
    </ol>
  );
}

const places: Record<TariffLevel, keyof UnassignTariffInput | undefined> = { CONNECTOR: "connectorId", EVSE: "evseId", STATION: "stationId", LOCATION: "locationId", NETWORK: "networkId", TENANT: undefined };

function Assignments({ tariff, writable, onChanged }: { tariff: TariffDetailFragment; writable: boolean; onChanged: () => void }) {
  const { t } = useTranslation();
  const [unassign, busy] = useChange(UnassignTariffDocument);
  const [asked, setAsked] = useState<TariffDetailFragment["assignments"][number]>();
  if (tariff.assignments.length === 0) return <p className="px-4 py-6 text-sm text-ink-2">{t("tariffs.nowhereText")}</p>;
  return (
    <>
      <ul className="divide-y">
        {tariff.assignments.map((assignment) => (
          <li key={assignment.id} className="flex items-center gap-3 px-4 py-2 text-sm">
            <span className="w-24 shrink-0 text-ink-2">{t(`tariffs.level.${assignment.level}`)}</span>
            <span className="min-w-0 flex-1 truncate font-medium">{assignment.target}</span>
            <span className="hidden text-ink-2 sm:inline">
              <Time at={assignment.assignedAt} />
            </span>
            {writable && (
              <Button
                variant="quiet"
                size="icon-sm"
                aria-label={t("tariffs.unassignAt", { place: assignment.target })}
                data-tip={t("tariffs.unassign")}
                onClick={() => {
                  setAsked(assignment);
                }}
              >
                <Unlink aria-hidden />
              </Button>
            )}
          </li>
        ))}
      </ul>
      <LazyConfirm
        danger
        open={asked != null}
        onOpenChange={() => {
          setAsked(undefined);
        }}
        title={t("tariffs.unassignTitle", { place: asked?.target ?? "" })}
        text={t("tariffs.unassignText")}
        action={t("tariffs.unassign")}
        busy={busy}
        onConfirm={async () => {
          if (asked == null) return undefined;
          const place = places[asked.level];
          const { problem } = await unassign({ input: place == null || asked.targetId == null ? {} : { [place]: asked.targetId } });
          if (problem != null) return problem.text;
          onChanged();
          toast(t("tariffs.unassigned"));
          return undefined;
        }}
      />
    </>
  );
}
