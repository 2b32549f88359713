import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { PageHead } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { NoPermission } from "@/components/states";
import { toast } from "@/components/toast";
import { CreateTariffDocument } from "@/gql/billing/graphql";
import { emptyTariff, inputOf } from "./form";

const TariffBuilder = lazy(() => import("./builder").then((module) => ({ default: module.TariffBuilder })));

export default function NewTariffPage() {
  const { t } = useTranslation();
  const { tenant, viewer, network } = useHere();
  const may = useMay();
  const navigate = useNavigate();
  const [create] = useChange(CreateTariffDocument);
  if (!may("tariff:write")) return <NoPermission />;
  const narrowed = viewer.networks.find(({ slug }) => slug === network);
  return (
    <>
      <PageHead
        crumb={
          <Link to="/t/$tenant/tariffs" params={{ tenant: tenant.slug }} search={{}} className="hover:underline">
            {t("nav.tariffs")}
          </Link>
        }
        title={t("tariffs.add")}
      />
      <Suspense fallback={<SkeletonRows rows={6} />}>
        <TariffBuilder
          exists={false}
          initial={emptyTariff(narrowed?.currency ?? tenant.currency, narrowed?.id ?? "")}
          submit={t("tariffs.create")}
          note={t("tariffs.createNote")}
          onSubmit={async (values) => {
            const { data, problem } = await create({
              input: { ...inputOf(values), name: values.name, currency: values.currency, ...(values.networkId === "" ? {} : { networkId: values.networkId }) },
            });
            if (problem != null) return problem;
            toast(t("tariffs.created"));
            void navigate({ to: "/t/$tenant/tariffs/$tariffId", params: { tenant: tenant.slug, tariffId: data.createTariff.tariff.id } });
            return undefined;
          }}
        />
      </Suspense>
    </>
  );
}
