import { useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { NotFound } from "@/app/crash";
import { useHere, useMay } from "@/app/viewer";
import { PageHead } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { NoPermission } from "@/components/states";
import { LinkTabs } from "@/components/tabs";
import { withWords } from "@/i18n";
import { General } from "./general";

const ApiKeys = lazy(withWords(() => import("./api-keys")));
const AuditLog = lazy(withWords(() => import("./audit-log")));
const Firmware = lazy(withWords(() => import("@/features/firmware/firmware-section")));
const Members = lazy(withWords(() => import("./members")));
const Jobs = lazy(withWords(() => import("@/features/payments/jobs-section"), "more", "payments"));
const Networks = lazy(withWords(() => import("./networks"), "more", "billing"));
const PaymentAccounts = lazy(withWords(() => import("@/features/payments/accounts-section"), "more", "payments"));

const sections = [
  { key: "general", needs: "tenant:read", view: General },
  { key: "networks", needs: "network:read", view: Networks },
  { key: "firmware", needs: "station:read", view: Firmware },
  { key: "payment-accounts", needs: "payment:read", view: PaymentAccounts },
  { key: "members", needs: "member:read", view: Members },
  { key: "api-keys", needs: "apikey:read", view: ApiKeys },
  { key: "jobs", needs: "job:read", view: Jobs },
  { key: "audit-log", needs: "audit:read", view: AuditLog },
] as const;

export default function SettingsPage() {
  const { t } = useTranslation();
  const { section } = useParams({ from: "/t/$tenant/settings/$section" });
  const { tenant } = useHere();
  const may = useMay();
  const current = sections.find(({ key }) => key === section);
  const View = current?.view;
  return (
    <>
      <PageHead title={t("settings.title")} />
      <LinkTabs
        label={t("settings.title")}
        active={section}
        tabs={sections
          .filter(({ needs }) => may(needs))
          .map(({ key }) => ({ key, label: t(`settings.${key}`), link: { to: "/t/$tenant/settings/$section", params: { tenant: tenant.slug, section: key } } }))}
      />
      <Suspense fallback={<SkeletonRows />}>{current == null || View == null ? <NotFound /> : may(current.needs) ? <View /> : <NoPermission />}</Suspense>
    </>
  );
}
