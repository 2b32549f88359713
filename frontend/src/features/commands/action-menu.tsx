import { ChevronDown } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { onIntent } from "@/components/on-intent";
import type { StationDetailFragment } from "@/gql/graphql";
import type { RunningSession } from "./action-fields";
import { actions, type Action } from "./actions";

const ActionChoices = onIntent(() => import("./action-choices"));
const ActionDialog = lazy(() => import("./action-dialog"));

/** The remote actions of a station. */
export function ActionMenu({ station, running }: { station: StationDetailFragment; running: readonly RunningSession[] }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<Action>();
  return (
    <>
      <ActionChoices
        offered={actions}
        station={station}
        running={running.length}
        onChoose={setChosen}
        trigger={
          <Button variant="primary">
            {t("action.menu")}
            <ChevronDown aria-hidden />
          </Button>
        }
      />
      {chosen != null && (
        <Suspense>
          <ActionDialog
            action={chosen}
            station={station}
            running={running}
            onClose={() => {
              setChosen(undefined);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
