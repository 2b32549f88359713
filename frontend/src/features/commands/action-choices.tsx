import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/app/viewer";
import { Menu, MenuItem } from "@/components/menu";
import type { StationDetailFragment } from "@/gql/graphql";
import { refusal, type Action } from "./actions";

type Props = { trigger: ReactElement; offered: readonly Action[]; station: StationDetailFragment; running: number; onChoose: (action: Action) => void };

/** The actions on offer; those that can't be run now say why. */
export default function ActionChoices({ trigger, offered, station, running, onChoose }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  return (
    <Menu trigger={trigger}>
      {offered.map((action) => {
        const Icon = action.icon;
        const reason = refusal(action, station, running, may);
        return (
          <MenuItem
            key={action.key}
            icon={<Icon aria-hidden />}
            reason={reason == null ? undefined : t(reason)}
            onSelect={() => {
              onChoose(action);
            }}
          >
            {t(`action.${action.key}.name`)}
          </MenuItem>
        );
      })}
    </Menu>
  );
}
