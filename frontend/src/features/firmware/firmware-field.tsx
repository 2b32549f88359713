import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { Checkbox, Field, Input, Select } from "@/components/field";
import { FirmwareChoicesDocument } from "@/gql/graphql";
import { choicesOf, isFor, nameOf, type Chosen } from "./choice";

type Props = {
  chosen: Chosen;
  /** What the station says it is; left out, many stations are asked. */
  make?: { vendor: string; model: string };
  onChange: (change: Partial<Chosen>) => void;
};

/** Firmware that is kept here, that for the station's make first; or a URL. */
export function FirmwareField({ chosen, make, onChange }: Props) {
  const { t } = useTranslation();
  const loaded = useData(FirmwareChoicesDocument, {});
  const all = choicesOf(loaded.data);
  const fits = make == null ? all : all.filter((firmware) => isFor(firmware, make));
  const others = make == null ? [] : all.filter((firmware) => !isFor(firmware, make));
  const stranger = others.some(({ id }) => id === chosen.firmwareId);
  const options = (list: typeof all) =>
    list.map((firmware) => (
      <option key={firmware.id} value={firmware.id}>
        {nameOf(firmware)}
      </option>
    ));
  return (
    <>
      <Field label={t("firmware.choice")} hint={loaded.data != null && all.length === 0 ? t("firmware.noChoice") : undefined}>
        {(ids) => (
          <Select
            {...ids}
            value={chosen.firmwareId}
            onChange={(event) => {
              onChange({ firmwareId: event.target.value, force: false });
            }}
          >
            <option value="">{t("firmware.fromUrl")}</option>
            {others.length === 0 ? options(fits) : fits.length > 0 && <optgroup label={t("firmware.fits")}>{options(fits)}</optgroup>}
            {others.length > 0 && <optgroup label={t("firmware.others")}>{options(others)}</optgroup>}
          </Select>
        )}
      </Field>
      {chosen.firmwareId === "" && (
        <Field label={t("firmware.location")} hint={t("firmware.locationHint")}>
          {(ids) => (
            <Input
              {...ids}
              className="font-mono"
              spellCheck={false}
              autoComplete="off"
              value={chosen.location}
              onChange={(event) => {
                onChange({ location: event.target.value });
              }}
            />
          )}
        </Field>
      )}
      {stranger && (
        <Checkbox
          label={t("firmware.force")}
          hint={t("firmware.forceHint")}
          checked={chosen.force}
          onChange={(event) => {
            onChange({ force: event.target.checked });
          }}
        />
      )}
    </>
  );
}
