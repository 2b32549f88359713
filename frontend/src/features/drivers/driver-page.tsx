import { Link, useParams } from "@tanstack/react-router";
import { Ban, Pencil } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { useHere, useMay } from "@/app/viewer";
import { LazyConfirm } from "@/components/lazy-confirm";
import { Notice } from "@/components/notice";
import { Facts, PageHead, Panel } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { Empty, Failure, NoPermission } from "@/components/states";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { DriverDocument, UpdateDriverDocument, type DriverQuery } from "@/gql/drivers/graphql";
import { languages } from "@/i18n";
import { StateMark } from "@/status/mark";
import { Action } from "./action";
import { MethodsSection } from "./methods-section";
import { driverStates } from "./states";
import { TokensSection } from "./tokens-section";
import { WalletSection } from "./wallet-section";

const DriverDialog = lazy(() => import("./driver-dialog"));

export default function DriverPage() {
  const { t } = useTranslation();
  const { driverId } = useParams({ from: "/t/$tenant/drivers/$driverId" });
  const may = useMay();
  const loaded = useData(DriverDocument, { id: driverId, wallet: may("wallet:read"), tokens: may("token:read"), methods: may("payment:read") }, !may("driver:read"));
  const driver = loaded.data?.driver;
  if (!may("driver:read")) return <NoPermission />;
  if (driver != null) return <DriverView driver={driver} onChanged={loaded.refetch} />;
  if (loaded.problem != null && loaded.problem.code !== "NOT_FOUND") return <Failure message={problemText(t, loaded.problem)} onRetry={loaded.refetch} />;
  return loaded.loading ? <SkeletonRows /> : <Empty title={t("states.notFound.title")} text={t("drivers.gone")} />;
}

type Driver = NonNullable<DriverQuery["driver"]>;

/** One driver: who they are, their wallet, and what they charge with. */
function DriverView({ driver, onChanged }: { driver: Driver; onChanged: () => void }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const may = useMay();
  const [open, setOpen] = useState<"edit" | "block">();
  const [update, busy] = useChange(UpdateDriverDocument);
  const blocked = driver.status === "BLOCKED";
  const close = () => {
    setOpen(undefined);
  };
  const turn = async () => {
    const { problem } = await update({ input: { id: driver.id, status: blocked ? "ACTIVE" : "BLOCKED" } });
    if (problem != null) return problem.text;
    toast(t("common.saved"));
    onChanged();
    return undefined;
  };
  return (
    <>
      <PageHead
        crumb={
          <Link to="/t/$tenant/drivers" params={{ tenant: tenant.slug }} search={{}} className="hover:underline">
            {t("nav.drivers")}
          </Link>
        }
        title={driver.name}
        mark={<StateMark pill state={driverStates[driver.status]} />}
        sub={driver.network.name}
        actions={
          <>
            <Action
              may={may("driver:write")}
              onClick={() => {
                setOpen("edit");
              }}
            >
              <Pencil aria-hidden />
              {t("drivers.edit")}
            </Action>
            <Action
              may={may("driver:write")}
              onClick={() => {
                setOpen("block");
              }}
            >
              <Ban aria-hidden />
              {t(blocked ? "drivers.unblock" : "drivers.block")}
            </Action>
          </>
        }
      />
      <div className="grid items-start gap-4 px-4 pb-10 sm:px-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          {blocked && <Notice tone="warn">{t(driverStates.BLOCKED.sentence)}</Notice>}
          {driver.wallet == null ? (
            <Panel title={t("drivers.wallet")}>{may("wallet:read") ? <Empty title={t("drivers.noWallet")} /> : <NoPermission />}</Panel>
          ) : (
            <WalletSection wallet={driver.wallet} name={driver.name} />
          )}
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Panel title={t("drivers.facts")}>
            <Facts
              columns={1}
              facts={[
                { label: t("drivers.email"), value: driver.email },
                { label: t("drivers.phone"), value: driver.phone },
                { label: t("drivers.language"), value: languages.find(({ code }) => code === driver.language)?.name },
                { label: t("drivers.since"), value: <Time at={driver.createdAt} style="minute" /> },
                { label: t("drivers.note"), value: driver.note },
              ]}
            />
          </Panel>
          {driver.tokens != null && <TokensSection driver={driver.id} tokens={driver.tokens} onChanged={onChanged} />}
          {driver.paymentMethods != null && <MethodsSection driver={driver} methods={driver.paymentMethods} wallet={driver.wallet} onChanged={onChanged} />}
        </div>
      </div>
      {open === "edit" && (
        <Suspense>
          <DriverDialog driver={driver} onSaved={onChanged} onClose={close} />
        </Suspense>
      )}
      <LazyConfirm
        open={open === "block"}
        onOpenChange={close}
        title={t(blocked ? "drivers.unblockTitle" : "drivers.blockTitle", { name: driver.name })}
        text={t(blocked ? "drivers.unblockText" : "drivers.blockText")}
        action={t(blocked ? "drivers.unblock" : "drivers.block")}
        danger={!blocked}
        busy={busy}
        onConfirm={turn}
      />
    </>
  );
}
