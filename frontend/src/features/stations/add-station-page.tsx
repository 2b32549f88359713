import { Link } from "@tanstack/react-router";
import { ArrowRight } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { PageHead, Panel } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { NoPermission } from "@/components/states";
import { LiveLadder } from "@/features/station/live-ladder";
import { AddStationDocument, LocationChoicesDocument, type AddStationMutation } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { Credentials } from "./credentials";

const AddStationFormView = lazy(() => import("./add-station-form").then((module) => ({ default: module.AddStationFormView })));

type Added = AddStationMutation["addStation"];

/** First what the station is called, then what to type into it, with the ladder turning live beside it. */
export default function AddStationPage() {
  const { t } = useTranslation();
  const { tenant, viewer, network } = useHere();
  const may = useMay();
  const places = useData(LocationChoicesDocument, {}, !may("location:read"));
  const [add] = useChange(AddStationDocument);
  const [added, setAdded] = useState<Added>();

  const crumb = (
    <Link to="/t/$tenant/stations" params={{ tenant: tenant.slug }} search={{}} className="hover:underline">
      {t("stations.title")}
    </Link>
  );
  if (!may("station:credential")) return <NoPermission />;
  if (added != null) return <Connect added={added} tenant={tenant.slug} />;

  const networks = viewer.networks.filter(({ archivedAt, slug }) => archivedAt == null && (network == null || slug === network));
  return (
    <>
      <PageHead crumb={crumb} title={t("add.title")} sub={t("add.text")} />
      <div className="px-4 pb-10 sm:px-6">
        <Panel className="max-w-xl">
          <Suspense fallback={<SkeletonRows rows={4} />}>
            <AddStationFormView
              networks={networks}
              locations={nodes(places.data?.locations)}
              onSubmit={async (input) => {
                const outcome = await add({ input });
                if (outcome.data != null) setAdded(outcome.data.addStation);
                return outcome;
              }}
            />
          </Suspense>
        </Panel>
      </div>
    </>
  );
}

function Connect({ added, tenant }: { added: Added; tenant: string }) {
  const { t } = useTranslation();
  const { station } = added;
  return (
    <>
      <PageHead
        crumb={t("add.done")}
        title={station.name}
        actions={
          <Button variant="primary" asChild>
            <Link to="/t/$tenant/stations/$stationId" params={{ tenant, stationId: station.id }} search={{}}>
              {t("add.open")}
              <ArrowRight aria-hidden />
            </Link>
          </Button>
        }
      />
      <div className="grid items-start gap-4 px-4 pb-10 sm:px-6 lg:grid-cols-2">
        <Panel title={t("credentials.title")}>
          <Credentials identity={station.identity} urls={added.connectionURLs} password={added.password} />
        </Panel>
        <Panel title={t("ladder.title")}>
          <LiveLadder stationId={station.id} />
        </Panel>
      </div>
    </>
  );
}
