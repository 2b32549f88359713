import { Trash2 } from "lucide-react";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { Menu, MenuItem } from "@/components/menu";

export default function LocationMenu({ trigger, onDelete }: { trigger: ReactElement; onDelete: () => void }) {
  const { t } = useTranslation();
  return (
    <Menu trigger={trigger}>
      <MenuItem danger icon={<Trash2 aria-hidden />} onSelect={onDelete}>
        {t("locations.delete")}
      </MenuItem>
    </Menu>
  );
}
