import { useState, type ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { instant, local } from "@/lib/local-time";
import { Button } from "./button";
import { Field, Input } from "./field";
import { Popover } from "./popover";
import type { Range } from "./time-range";

const spans = [
  { key: "hour", ms: 3_600_000 },
  { key: "day", ms: 86_400_000 },
  { key: "week", ms: 7 * 86_400_000 },
] as const;

/** A span up to now, or from and until. */
export default function TimeRangePanel({ trigger, since, until, onChange }: Range & { trigger: ReactElement; onChange: (range: Range) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(true);
  return (
    <Popover trigger={trigger} label={t("filter.time")} open={open} onOpenChange={setOpen} className="w-72 p-3">
      {(close) => (
        <div className="flex flex-col gap-3">
          <div className="flex gap-1">
            {spans.map(({ key, ms }) => (
              <Button
                  key={key}
                  size="sm"
                  className="flex-1"
                  onClick={() => {
                    onChange({ since: new Date(Date.now() - ms).toISOString(), until: undefined });
                    close();
                  }}
                >
                  {t(`filter.${key}`)}
              </Button>
            ))}
          </div>
          <Field label={t("filter.since")}>
            {(ids) => (
              <Input
                {...ids}
                type="datetime-local"
                value={local(since)}
                onChange={(event) => {
                  onChange({ since: instant(event.target.value), until });
                }}
              />
            )}
          </Field>
          <Field label={t("filter.until")} hint={Intl.DateTimeFormat().resolvedOptions().timeZone}>
            {(ids) => (
              <Input
                {...ids}
                type="datetime-local"
                value={local(until)}
                onChange={(event) => {
                  onChange({ since, until: instant(event.target.value) });
                }}
              />
            )}
          </Field>
        </div>
      )}
    </Popover>
  );
}
