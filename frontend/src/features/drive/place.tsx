import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { usePageTitle } from "@/app/title";
import { SkeletonRows } from "@/components/skeleton";
import { Failure } from "@/components/states";
import { MyPlaceDocument } from "@/gql/drive/graphql";
import { PlaceView } from "./place-view";
import { StartButton } from "./start-button";

/** The station that a code names. */
export function Place({ code }: { code: string }) {
  const { t, i18n } = useTranslation();
  const { data, loading, problem, refetch } = useData(MyPlaceDocument, { code, language: i18n.language });
  usePageTitle(data?.chargingPlace.place ?? t("drive.title"));
  if (problem != null && data == null) return <Failure message={problemText(t, problem)} onRetry={refetch} />;
  if (loading || data == null) return <SkeletonRows rows={5} />;
  return <PlaceView place={data.chargingPlace} start={(spot) => <StartButton key={spot.id} connector={spot.id} />} />;
}
