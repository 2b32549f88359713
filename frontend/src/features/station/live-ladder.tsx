import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useData, useLive } from "@/app/data";
import { ListStates } from "@/components/list";
import { StationAttemptDocument, StationDocument, StationUpdatedDocument } from "@/gql/graphql";
import { Ladder } from "./ladder";

/** The ladder while the installer is on it. */
export function LiveLadder({ stationId }: { stationId: string }) {
  const { t } = useTranslation();
  const station = useData(StationDocument, { id: stationId });
  useLive(StationUpdatedDocument, { id: stationId }, ({ stationUpdated }) => {
    if (stationUpdated.missed) station.refetch();
  });
  useLive(StationAttemptDocument, { id: stationId }, () => {
    station.refetch();
  });
  const steps = station.data?.station?.onboardingSteps;
  return (
    <ListStates loading={station.loading} problem={station.problem} onRetry={station.refetch} count={steps?.length} empty={null}>
      <div aria-live="polite">
        {station.data?.station?.onboarding === "ONBOARDED" && (
          <p className="mb-4 flex animate-fade items-center gap-2 rounded-md bg-ok-soft px-3 py-2 text-sm font-medium text-ok">
            <CircleCheck aria-hidden className="size-4" />
            {t("ladder.done")}
          </p>
        )}
        <Ladder steps={steps ?? []} />
      </div>
    </ListStates>
  );
}
