import { Link, type LinkProps } from "@tanstack/react-router";
import { BatteryCharging, CreditCard, MapPin, PlugZap, Settings, Tag } from "lucide-react";
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

// In the order of the page; each stands there for those who may read it.
const entries = [
  { to: "/t/$tenant/stations", icon: PlugZap, label: "nav.stations", needs: "station:read" },
  { to: "/t/$tenant/sessions", icon: BatteryCharging, label: "nav.sessions", needs: "session:read" },
  { to: "/t/$tenant/locations", icon: MapPin, label: "nav.locations", needs: "location:read" },
  { to: "/t/$tenant/tariffs", icon: Tag, label: "nav.tariffs", needs: "tariff:read" },
  { to: "/t/$tenant/payments", icon: CreditCard, label: "nav.payments", needs: "payment:read" },
  { to: "/t/$tenant/settings", icon: Settings, label: "nav.settings", needs: undefined },
] as const;

export function Nav() {
  const { t } = useTranslation();
  const params = { tenant: useHere().tenant.slug };
  const may = useMay();
  return (
    <nav aria-label={t("nav.main")} className="flex-1 overflow-y-auto px-2 py-1">
      <ul className="flex flex-col gap-0.5">
        {entries
          .filter(({ needs }) => needs == null || may(needs))
          .map(({ to, icon: Icon, label }) => (
            <Item key={to} link={{ to, params }} icon={<Icon aria-hidden />} label={t(label)} />
          ))}
      </ul>
    </nav>
  );
}
