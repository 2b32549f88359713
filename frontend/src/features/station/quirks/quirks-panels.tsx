import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { Badge } from "@/components/badge";
import { Field, Select } from "@/components/field";
import { Panel } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { Failure, NoPermission } from "@/components/states";
import { toast } from "@/components/toast";
import { StationQuirksDocument, TreatStationDocument, type StationDetailFragment, type StationQuirksQuery } from "@/gql/graphql";
import { valueText } from "./override";
import { OverrideEditor } from "./override-editor";

type Treated = NonNullable<StationQuirksQuery["station"]>;

/** What the station's make does differently, what is done about it, and what to do instead at this station. */
export default function QuirksPanels({ station }: { station: StationDetailFragment }) {
  const { t } = useTranslation();
  const quirks = useData(StationQuirksDocument, { id: station.id });
  const treated = quirks.data?.station;
  if (quirks.problem?.code === "FORBIDDEN") return <NoPermission />;
  if (quirks.problem != null && quirks.data == null) return <Failure message={problemText(t, quirks.problem)} onRetry={quirks.refetch} />;
  if (treated == null) return <SkeletonRows rows={3} />;
  return (
    <>
      <Version station={treated} />
      <Panel title={t("quirks.title")} note={[station.vendor, station.model].filter(Boolean).join(" ")} flush>
        {treated.knownQuirks.length === 0 ? (
          <p className="px-4 py-3 text-sm text-ink-2">{t("quirks.none")}</p>
        ) : (
          <ul className="divide-y">
            {treated.knownQuirks.map((quirk, index) => (
              <KnownQuirk key={quirk.row ?? String(index)} quirk={quirk} />
            ))}
          </ul>
        )}
      </Panel>
      <OverrideEditor key={JSON.stringify(treated.quirkOverride)} station={treated} fields={quirks.data?.quirkFields ?? []} />
    </>
  );
}

function KnownQuirk({ quirk: { row, why, source, treatment } }: { quirk: Treated["knownQuirks"][number] }) {
  const { t } = useTranslation();
  return (
    <li className="px-4 py-3 text-sm" data-quirk={row ?? "own"}>
      <p className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium">{row == null ? t("quirks.own") : (why ?? row)}</span>
        {row == null && <Badge tone="hold">{t("quirks.thisStation")}</Badge>}
      </p>
      {treatment.length === 0 ? (
        <p className="mt-1 text-ink-2">{t("quirks.onlyKnown")}</p>
      ) : (
        <ul className="mt-1 flex flex-col gap-1">
          {treatment.map(({ name, value, meaning }) => (
            <li key={name} className="text-ink-2">
              <span className="text-ink">{meaning}</span>{" "}
              <span className="code whitespace-nowrap">
                {name}: {valueText(value, t("quirks.yes"), t("quirks.no"))}
              </span>
            </li>
          ))}
        </ul>
      )}
      {source != null && <p className="mt-1 text-xs text-ink-2">{t("quirks.source", { source })}</p>}
    </li>
  );
}

const versions = ["2.1", "2.0.1", "1.6"] as const;

function Version({ station }: { station: Treated }) {
  const { t } = useTranslation();
  const [update, busy] = useChange(TreatStationDocument);
  const [failure, setFailure] = useState<string>();
  return (
    <Panel title={t("quirks.versionTitle")}>
      <Field label={t("quirks.version")} hint={t("quirks.versionHint")} error={failure} className="max-w-sm">
        {(ids) => (
          <Select
            {...ids}
            disabled={busy}
            value={station.preferredVersion ?? ""}
            onChange={(event) => {
              const preferredVersion = event.target.value;
              setFailure(undefined);
              void update({ input: { id: station.id, ...(preferredVersion === "" ? { clearPreferredVersion: true } : { preferredVersion }) } }).then(({ problem }) => {
                if (problem == null) toast(t("common.saved"));
                else setFailure(problem.text);
              });
            }}
          >
            <option value="">{t("quirks.versionAny")}</option>
            {versions.map((version) => (
              <option key={version} value={version}>
                OCPP {version}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </Panel>
  );
}
