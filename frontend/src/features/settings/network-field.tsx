import { useTranslation } from "react-i18next";
import { useHere } from "@/app/viewer";
import { Field, Select } from "@/components/field";

/** One network, or the whole tenant as the empty choice. */
export function NetworkField({ value, onChange, hint, error }: { value: string; onChange: (id: string) => void; hint: string; error?: string | undefined }) {
  const { t } = useTranslation();
  const { viewer } = useHere();
  return (
    <Field label={t("stations.network")} hint={hint} error={error}>
      {(ids) => (
        <Select
          {...ids}
          value={value}
          onChange={(event) => {
            onChange(event.target.value);
          }}
        >
          <option value="">{t("scope.all")}</option>
          {viewer.networks
            .filter(({ archivedAt }) => archivedAt == null)
            .map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
        </Select>
      )}
    </Field>
  );
}
