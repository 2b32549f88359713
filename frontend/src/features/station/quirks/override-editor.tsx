import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Button } from "@/components/button";
import { Field, Input, Select, TextArea } from "@/components/field";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { toast } from "@/components/toast";
import { TreatStationDocument, type StationQuirksQuery } from "@/gql/graphql";
import { useLocale } from "@/lib/locale";
import { entriesOf, entryFault, firstEntry, overrideOf, type Entries, type QuirkField } from "./override";

type Props = { station: NonNullable<StationQuirksQuery["station"]>; fields: readonly QuirkField[] };

/** How this one station is to be treated, whatever is known of its make. */
export function OverrideEditor({ station, fields }: Props) {
  const { t } = useTranslation();
  const [update, busy] = useChange(TreatStationDocument);
  const kept = entriesOf(station.quirkOverride);
  const [entries, setEntries] = useState<Entries>(kept);
  const [refused, setRefused] = useState<{ field: string | undefined; text: string }>();
  const set = fields.filter(({ name }) => entries[name] != null);
  const rest = fields.filter(({ name }) => entries[name] == null);
  const wrong = set.some((field) => entryFault(field, entries[field.name] ?? "") != null);
  const changed = JSON.stringify(overrideOf(fields, entries)) !== JSON.stringify(overrideOf(fields, kept));

  const change = (name: string, entry: string | undefined) => {
    setRefused(undefined);
    setEntries(({ [name]: _gone, ...others }) => (entry == null ? others : { ...others, [name]: entry }));
  };
  const save = async () => {
    const { problem } = await update({ input: { id: station.id, quirks: overrideOf(fields, entries) } });
    if (problem == null) toast(t("common.saved"));
    else setRefused({ field: problem.field?.split("quirks.").at(1), text: problem.text });
  };
  const elsewhere = refused != null && !set.some(({ name }) => name === refused.field);

  return (
    <Panel title={t("quirks.overrideTitle")}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <p className="text-sm text-ink-2">{t("quirks.overrideText")}</p>
        {elsewhere && <Notice tone="bad">{refused.text}</Notice>}
        {set.map((field) => (
          <div key={field.name} className="flex items-start gap-2" data-field={field.name}>
            <Entry
              field={field}
              entry={entries[field.name] ?? ""}
              refusal={refused?.field === field.name ? refused.text : undefined}
              onChange={(entry) => {
                change(field.name, entry);
              }}
            />
            <Button
              variant="quiet"
              size="icon"
              className="mt-6"
              aria-label={t("quirks.remove", { name: field.name })}
              onClick={() => {
                change(field.name, undefined);
              }}
            >
              <Trash2 aria-hidden />
            </Button>
          </div>
        ))}
        {rest.length > 0 && (
          <Field label={t("quirks.add")} className="max-w-sm">
            {(ids) => (
              <Select
                {...ids}
                value=""
                onChange={(event) => {
                  const field = rest.find(({ name }) => name === event.target.value);
                  if (field != null) change(field.name, firstEntry(field));
                }}
              >
                <option value="">{t("common.choose")}</option>
                {rest.map(({ name }) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <Button type="submit" variant="primary" className="self-start" busy={busy} disabled={!changed || wrong}>
          {t("common.save")}
        </Button>
      </form>
    </Panel>
  );
}

function Entry({ field, entry, refusal, onChange }: { field: QuirkField; entry: string; refusal: string | undefined; onChange: (entry: string) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const fault = entryFault(field, entry);
  const write = (value: number) => new Intl.NumberFormat(locale).format(value);
  const error = refusal ?? (fault == null ? undefined : t(`quirks.fault.${fault}`, { min: field.min == null ? "" : write(field.min), max: field.max == null ? "" : write(field.max), values: field.values.join(", ") }));
  const options = field.kind === "BOOL" ? ["true", "false"] : field.kind === "TEXT" ? field.values : [];
  return (
    <Field label={field.name} optional={field.unit ?? undefined} hint={field.meaning} error={error} className="max-w-sm min-w-0 flex-1">
      {(ids) => {
        const onEvent = (event: { target: { value: string } }) => {
          onChange(event.target.value);
        };
        if (options.length > 0) {
          return (
            <Select {...ids} className="max-w-sm" value={entry} onChange={onEvent}>
              {options.map((option) => (
                <option key={option} value={option}>
                  {field.kind === "BOOL" ? t(option === "true" ? "quirks.yes" : "quirks.no") : option}
                </option>
              ))}
            </Select>
          );
        }
        if (field.kind === "MAP") return <TextArea {...ids} rows={3} className="font-mono" spellCheck={false} placeholder="HeartbeatInterval = HeartBeatInterval" value={entry} onChange={onEvent} />;
        return <Input {...ids} className="max-w-sm" spellCheck={false} autoComplete="off" inputMode={field.kind === "INTEGER" || field.kind === "NUMBER" ? "decimal" : "text"} value={entry} onChange={onEvent} />;
      }}
    </Field>
  );
}
