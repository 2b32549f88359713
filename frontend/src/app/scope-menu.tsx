import { useNavigate } from "@tanstack/react-router";
import { Building2, Check, Network } from "lucide-react";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/menu";
import { useHere } from "./viewer";

/** What there is to choose from: networks first, other tenants after. */
export default function ScopeMenu({ trigger }: { trigger: ReactElement }) {
  const { t } = useTranslation();
  const { viewer, tenant, network } = useHere();
  const navigate = useNavigate();
  const networks = viewer.networks.filter(({ archivedAt }) => archivedAt == null);

  const choose = (slug: string | undefined) => {
    // What the page shows may not exist in the other network: its list does.
    const section = location.pathname.split("/")[3];
    const to = section === "sessions" || section === "locations" || section === "settings" ? (`/t/$tenant/${section}` as const) : "/t/$tenant/stations";
    void navigate({ to, params: { tenant: tenant.slug }, search: { network: slug } });
  };

  return (
    <Menu align="start" trigger={trigger}>
      <MenuLabel>{t("scope.networks")}</MenuLabel>
      {networks.length > 1 && (
        <MenuItem
          icon={network == null ? <Check aria-hidden /> : <Network aria-hidden />}
          onSelect={() => {
            choose(undefined);
          }}
        >
          {t("scope.all")}
        </MenuItem>
      )}
      {networks.map(({ slug, name }) => (
        <MenuItem
          key={slug}
          icon={network === slug ? <Check aria-hidden /> : <Network aria-hidden />}
          onSelect={() => {
            choose(slug);
          }}
        >
          {name}
        </MenuItem>
      ))}
      {viewer.tenants.length > 1 && (
        <>
          <MenuSeparator />
          <MenuLabel>{t("scope.tenants")}</MenuLabel>
          {viewer.tenants.map(({ slug, name }) => (
            <MenuItem
              key={slug}
              icon={slug === tenant.slug ? <Check aria-hidden /> : <Building2 aria-hidden />}
              onSelect={() => {
                void navigate({ to: "/t/$tenant/stations", params: { tenant: slug }, search: { network: undefined } });
              }}
            >
              {name}
            </MenuItem>
          ))}
        </>
      )}
    </Menu>
  );
}
