import { useTranslation } from "react-i18next";
import { Field, Select } from "@/components/field";
import type { Role } from "@/gql/graphql";
import { roles } from "./roles";

/** A role with what it may do. */
export function RoleField({ value, onChange, error }: { value: Role; onChange: (role: Role) => void; error?: string | undefined }) {
  const { t } = useTranslation();
  return (
    <Field label={t("members.role")} hint={t(`role.${value}.text`)} error={error}>
      {(ids) => (
        <Select
          {...ids}
          value={value}
          onChange={(event) => {
            onChange(event.target.value as Role);
          }}
        >
          {roles.map((role) => (
            <option key={role} value={role}>
              {t(`role.${role}.name`)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
