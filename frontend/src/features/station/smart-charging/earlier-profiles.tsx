import { useEffect, useEffectEvent } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Panel } from "@/components/panel";
import { Empty } from "@/components/states";
import { EarlierProfilesDocument, type EarlierProfilesQuery, type StationDetailFragment } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { ProfileList } from "./profile-list";

const none: NonNullable<EarlierProfilesQuery["station"]>["earlier"] = { totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null }, edges: [] };

/** The profiles that were refused, or are no longer in force. */
export function EarlierProfiles({ station, past }: { station: StationDetailFragment; past: number }) {
  const { t } = useTranslation();
  const list = usePages(EarlierProfilesDocument, { id: station.id, first: 50 }, (data) => data.station?.earlier ?? none);
  const rows = nodes(list.data?.station?.earlier);
  // One more has come to belong here.
  const grown = useEffectEvent(list.refetch);
  useEffect(() => {
    grown();
  }, [past]);
  return (
    <Panel flush title={t("charging.earlier")}>
      <ListStates loading={list.loading} problem={list.problem} onRetry={list.refetch} count={list.data == null ? undefined : rows.length} empty={<Empty title={t("charging.none")} />}>
        <ProfileList station={station} rows={rows} refused={undefined} onChanged={list.refetch} />
        <More shown={rows.length} total={list.data?.station?.earlier.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
      </ListStates>
    </Panel>
  );
}
