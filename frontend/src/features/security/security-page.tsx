import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import type { securitySearch } from "@/app/security-search";
import { useHere, useMay } from "@/app/viewer";
import { PageHead } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { NoPermission } from "@/components/states";
import { LinkTabs } from "@/components/tabs";
import { withWords } from "@/i18n";
import { OverviewTab } from "./overview-tab";

const ApprovalsTab = lazy(() => import("./approvals-tab"));
const AuthoritiesTab = lazy(() => import("./authorities-tab"));
const CertificatesTab = lazy(() => import("./certificates-tab"));
const OperationsTab = lazy(() => import("./operations-tab"));
const PlugAndChargeTab = lazy(withWords(() => import("./plug-and-charge/plug-and-charge-tab"), "plug-and-charge"));
const ServerTab = lazy(() => import("./server-tab"));

const route = "/t/$tenant/security";
const tabs = ["overview", "certificates", "operations", "approvals", "authorities", "plug-and-charge", "server"] as const;

export type SecuritySearch = ReturnType<typeof securitySearch>;

/** What stations connect with: who is how safe, what ends when, what is done about it, and who signs. */
export default function SecurityPage() {
  const { t } = useTranslation();
  const may = useMay();
  const { tenant, network } = useHere();
  const search = useSearch({ from: route });
  const navigate = useNavigate({ from: route });
  const tab = search.tab ?? "overview";
  const change = (next: Partial<SecuritySearch>) => {
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  };
  if (!may("certificate:read")) return <NoPermission />;
  return (
    <>
      <PageHead title={t("security.title")} sub={t("security.text")} />
      <LinkTabs
        label={t("security.title")}
        active={tab}
        tabs={tabs.map((key) => ({
          key,
          label: t(`security.tab.${key}`),
          link: { to: route, params: { tenant: tenant.slug }, search: { tab: key === "overview" ? undefined : key, network: network ?? undefined } },
        }))}
      />
      <Suspense fallback={<SkeletonRows />}>
        {tab === "overview" && <OverviewTab />}
        {tab === "certificates" && <CertificatesTab search={search} onSearch={change} />}
        {tab === "operations" && <OperationsTab search={search} onSearch={change} />}
        {tab === "approvals" && <ApprovalsTab />}
        {tab === "authorities" && <AuthoritiesTab />}
        {tab === "plug-and-charge" && <PlugAndChargeTab />}
        {tab === "server" && <ServerTab />}
      </Suspense>
    </>
  );
}
