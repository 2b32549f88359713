import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Field, Input, Select } from "@/components/field";
import { CommandDialog } from "@/features/commands/command-dialog";
import { GetDiagnosticsDocument, GetLogDocument, type LogType, type StationDetailFragment } from "@/gql/graphql";
import { instant } from "@/lib/local-time";

const kinds: readonly { type: LogType; since: "1.6" | "2.1" }[] = [
  { type: "DIAGNOSTICS", since: "1.6" },
  { type: "SECURITY", since: "1.6" },
  { type: "DATA_COLLECTOR", since: "2.1" },
];

/** Has the station upload one of its logs. */
export default function LogDialog({ station, onClose }: { station: StationDetailFragment; onClose: () => void }) {
  const { t } = useTranslation();
  const [getLog] = useChange(GetLogDocument);
  const [getDiagnostics] = useChange(GetDiagnosticsDocument);
  const version = station.connection.version ?? station.ocppVersion;
  const [type, setType] = useState<LogType>("DIAGNOSTICS");
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [location, setLocation] = useState("");
  const [since, until] = [instant(from), instant(to)];
  const disordered = since != null && until != null && until <= since;

  const ask = async () => {
    const input = { stationId: station.id, ...(since == null ? {} : { from: since }), ...(until == null ? {} : { to: until }), ...(location.trim() === "" ? {} : { location: location.trim() }) };
    // Diagnostics can be had from every station of OCPP 1.6; the other logs from those with the security extension.
    if (type === "DIAGNOSTICS" && version === "1.6") {
      const { data, problem } = await getDiagnostics({ input });
      return problem == null ? { command: data.getDiagnostics } : { failure: problem.text };
    } else {
      const { data, problem } = await getLog({ input: { ...input, type } });
      return problem == null ? { command: data.getLog } : { failure: problem.text };
    }
  };

  return (
    <CommandDialog
      title={t("logs.ask")}
      description={t("logs.askText", { station: station.name })}
      run={t("logs.askRun")}
      ready={!disordered}
      onAsk={ask}
      onClose={onClose}
    >
      <Field label={t("logs.type")} hint={t(`logs.kindHint.${type}`)}>
        {(ids) => (
          <Select
            {...ids}
            value={type}
            onChange={(event) => {
              setType(event.target.value as LogType);
            }}
          >
            {kinds
              .filter((kind) => kind.since === "1.6" || version === "2.1")
              .map((kind) => (
                <option key={kind.type} value={kind.type}>
                  {t(`logs.kind.${kind.type}`)}
                </option>
              ))}
          </Select>
        )}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("filter.since")} optional={t("common.optional")}>
          {(ids) => (
            <Input
              {...ids}
              type="datetime-local"
              value={from}
              onChange={(event) => {
                setFrom(event.target.value);
              }}
            />
          )}
        </Field>
        <Field label={t("filter.until")} optional={t("common.optional")} error={disordered ? t("logs.disordered") : undefined}>
          {(ids) => (
            <Input
              {...ids}
              type="datetime-local"
              value={to}
              onChange={(event) => {
                setTo(event.target.value);
              }}
            />
          )}
        </Field>
      </div>
      <Field label={t("logs.location")} optional={t("common.optional")} hint={t("logs.locationHint")}>
        {(ids) => (
          <Input
            {...ids}
            className="font-mono"
            spellCheck={false}
            value={location}
            onChange={(event) => {
              setLocation(event.target.value);
            }}
          />
        )}
      </Field>
    </CommandDialog>
  );
}
