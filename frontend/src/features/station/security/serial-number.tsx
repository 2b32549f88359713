import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Field, Input } from "@/components/field";
import { toast } from "@/components/toast";
import type { StationDetailFragment } from "@/gql/graphql";
import { ExpectSerialNumberDocument } from "@/gql/security/graphql";

/** The serial number by which a maker's certificate is known to be this station's. */
export function SerialNumber({ station, expected, onChanged }: { station: StationDetailFragment; expected: string | undefined; onChanged: () => void }) {
  const { t } = useTranslation();
  const writable = useMay()("station:write") && expected != null;
  const [update, busy] = useChange(ExpectSerialNumberDocument);
  const [value, setValue] = useState(expected ?? "");
  const [failure, setFailure] = useState<string>();
  const save = async () => {
    setFailure(undefined);
    const { problem } = await update({ input: { id: station.id, serialNumber: value.trim() } });
    if (problem != null) {
      setFailure(problem.text);
      return;
    }
    toast(t("common.saved"));
    onChanged();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field
        label={t("security.expected")}
        hint={station.serialNumber === "" ? t("security.expectedHint") : t("security.expectedSays", { number: station.serialNumber })}
        error={failure}
      >
        {(ids) => (
          <span className="flex gap-2">
            <Input
              {...ids}
              className="font-mono"
              autoComplete="off"
              spellCheck={false}
              disabled={!writable}
              value={value}
              onChange={(event) => {
                setValue(event.target.value);
              }}
            />
            {writable && value.trim() !== expected && (
              <Button type="submit" busy={busy}>
                {t("common.save")}
              </Button>
            )}
          </span>
        )}
      </Field>
    </form>
  );
}
