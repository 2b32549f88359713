import { useTranslation } from "react-i18next";
import { useHere, useMay } from "@/app/viewer";
import { LinkTabs } from "@/components/tabs";

/** Sessions, and what they came to: two lists of the same thing. */
export function SessionTabs({ active }: { active: "sessions" | "charges" }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const may = useMay();
  if (!may("charge:read")) return null;
  const params = { tenant: tenant.slug };
  return (
    <LinkTabs
      label={t("sessions.title")}
      active={active}
      tabs={[
        { key: "sessions", label: t("sessions.title"), link: { to: "/t/$tenant/sessions", params, search: {} } },
        { key: "charges", label: t("nav.charges"), link: { to: "/t/$tenant/charges", params, search: {} } },
      ]}
    />
  );
}
