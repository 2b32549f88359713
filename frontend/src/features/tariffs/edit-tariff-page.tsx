import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { useHere, useMay } from "@/app/viewer";
import { PageHead } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { Empty, Failure, NoPermission } from "@/components/states";
import { toast } from "@/components/toast";
import { TariffDocument, UpdateTariffDocument, type TariffDetailFragment } from "@/gql/billing/graphql";
import { definitionOf } from "./definition";
import { inputOf, valuesOf } from "./form";

const TariffBuilder = lazy(() => import("./builder").then((module) => ({ default: module.TariffBuilder })));

export default function EditTariffPage() {
  const { t } = useTranslation();
  const { tariffId } = useParams({ from: "/t/$tenant/tariffs/$tariffId/edit" });
  const may = useMay();
  const loaded = useData(TariffDocument, { id: tariffId }, !may("tariff:write"));
  const tariff = loaded.data?.tariff;
  if (!may("tariff:write")) return <NoPermission />;
  if (tariff != null) return <Editor key={tariff.id} tariff={tariff} />;
  if (loaded.problem != null && loaded.problem.code !== "NOT_FOUND") return <Failure message={problemText(t, loaded.problem)} onRetry={loaded.refetch} />;
  return loaded.loading ? <SkeletonRows /> : <Empty title={t("states.notFound.title")} text={t("tariffs.gone")} />;
}

function Editor({ tariff }: { tariff: TariffDetailFragment }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const navigate = useNavigate();
  const [update] = useChange(UpdateTariffDocument);
  const newest = tariff.versions[0] ?? tariff.version;
  const params = { tenant: tenant.slug, tariffId: tariff.id };
  return (
    <>
      <PageHead
        crumb={
          <>
            <Link to="/t/$tenant/tariffs" params={{ tenant: tenant.slug }} search={{}} className="hover:underline">
              {t("nav.tariffs")}
            </Link>
            {" / "}
            <Link to="/t/$tenant/tariffs/$tariffId" params={params} className="hover:underline">
              {tariff.name}
            </Link>
          </>
        }
        title={t("tariffs.versionNo", { no: newest.number + 1 })}
      />
      <Suspense fallback={<SkeletonRows rows={6} />}>
        <TariffBuilder
          exists
          initial={valuesOf(definitionOf(newest.definition), tariff.name, tariff.networkId ?? "")}
          submit={t("tariffs.publish", { no: newest.number + 1 })}
          note={t("tariffs.publishNote")}
          onSubmit={async (values) => {
            const { problem } = await update({ input: { id: tariff.id, name: values.name, definition: inputOf(values) } });
            if (problem != null) return problem;
            toast(t("tariffs.published"));
            void navigate({ to: "/t/$tenant/tariffs/$tariffId", params });
            return undefined;
          }}
        />
      </Suspense>
    </>
  );
}
