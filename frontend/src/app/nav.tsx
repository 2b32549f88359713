import { Link, type LinkProps } from "@tanstack/react-router";
import { BatteryCharging, MapPin, PlugZap, Settings } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useHere, useMay } from "./viewer";

function Item({ link, icon, label }: { link: LinkProps; icon: ReactNode; label: string }) {
  return (
    <li>
      <Link
        {...link}
        activeOptions={{ exact: false, includeSearch: false }}
        className="flex h-8 items-center gap-2.5 rounded-md px-2 text-sm text-ink-2 hover:bg-hover hover:text-ink data-[status=active]:bg-hover data-[status=active]:font-medium data-[status=active]:text-ink [&_svg]:size-4 [&_svg]:text-ink-3 data-[status=active]:[&_svg]:text-accent"
      >
        {icon}
        {label}
      </Link>
    </li>
  );
}

export function Nav() {
  const { t } = useTranslation();
  const params = { tenant: useHere().tenant.slug };
  const may = useMay();
  return (
    <nav aria-label={t("nav.main")} className="flex-1 overflow-y-auto px-2 py-1">
      <ul className="flex flex-col gap-0.5">
        <Item link={{ to: "/t/$tenant/stations", params }} icon={<PlugZap aria-hidden />} label={t("nav.stations")} />
        {may("session:read") && <Item link={{ to: "/t/$tenant/sessions", params }} icon={<BatteryCharging aria-hidden />} label={t("nav.sessions")} />}
        {may("location:read") && <Item link={{ to: "/t/$tenant/locations", params }} icon={<MapPin aria-hidden />} label={t("nav.locations")} />}
        <Item link={{ to: "/t/$tenant/settings", params }} icon={<Settings aria-hidden />} label={t("nav.settings")} />
      </ul>
    </nav>
  );
}
