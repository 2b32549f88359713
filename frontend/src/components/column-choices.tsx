import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { Menu, MenuCheck, MenuLabel } from "./menu";

type Props = { trigger: ReactElement; columns: readonly { id: string; header: string }[]; hidden: Record<string, boolean>; onChange: (id: string, hidden: boolean) => void };

/** Which columns are shown; the first names the row and always is. */
export default function ColumnChoices({ trigger, columns, hidden, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <Menu trigger={trigger}>
      <MenuLabel>{t("table.columns")}</MenuLabel>
      {columns.slice(1).map(({ id, header }) => (
        <MenuCheck
          key={id}
          checked={hidden[id] !== true}
          onCheckedChange={(on) => {
            onChange(id, !on);
          }}
        >
          {header}
        </MenuCheck>
      ))}
    </Menu>
  );
}
