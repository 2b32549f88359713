import { Link, useRouterState, type LinkProps } from "@tanstack/react-router";
import { BatteryCharging, CreditCard, MapPin, PlugZap, Settings, ShieldCheck, Tag, TriangleAlert, Users } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useHere, useMay } from "./viewer";

function Item({ link, icon, label, on }: { link: LinkProps; icon: ReactNode; label: string; on: boolean }) {
  return (
    <li>
      <Link
        {...link}
        activeOptions={{ exact: false, includeSearch: false }}
        {...(on ? { "data-status": "active" } : {})}
        className="flex h-8 items-center gap-2.5 rounded-md px-2 text-sm text-ink-2 hover:bg-hover hover:text-ink data-[status=active]:bg-hover data-[status=active]:font-medium data-[status=active]:text-ink [&_svg]:size-4 [&_svg]:text-ink-3 data-[status=active]:[&_svg]:text-accent"
      >
        {icon}
        {label}
      </Link>
    </li>
  );
}

// In the order of the page; each stands there for those who may read it. What has tabs at addresses of their own is named beside it.
const entries = [
  { to: "/t/$tenant/stations", icon: PlugZap, label: "nav.stations", needs: "station:read", also: undefined },
  { to: "/t/$tenant/sessions", icon: BatteryCharging, label: "nav.sessions", needs: "session:read", also: "charges" },
  { to: "/t/$tenant/locations", icon: MapPin, label: "nav.locations", needs: "location:read", also: undefined },
  { to: "/t/$tenant/issues", icon: TriangleAlert, label: "nav.issues", needs: "issue:read", also: undefined },
  { to: "/t/$tenant/tariffs", icon: Tag, label: "nav.tariffs", needs: "tariff:read", also: undefined },
  { to: "/t/$tenant/drivers", icon: Users, label: "nav.drivers", needs: "driver:read", also: undefined },
  { to: "/t/$tenant/payments", icon: CreditCard, label: "nav.payments", needs: "payment:read", also: undefined },
  { to: "/t/$tenant/security", icon: ShieldCheck, label: "nav.security", needs: "certificate:read", also: undefined },
  { to: "/t/$tenant/settings", icon: Settings, label: "nav.settings", needs: undefined, also: undefined },
] as const;

export function Nav() {
  const { t } = useTranslation();
  const params = { tenant: useHere().tenant.slug };
  const may = useMay();
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <nav aria-label={t("nav.main")} className="flex-1 overflow-y-auto px-2 py-1">
      <ul className="flex flex-col gap-0.5">
        {entries
          .filter(({ needs }) => needs == null || may(needs))
          .map(({ to, icon: Icon, label, also }) => (
            <Item key={to} link={{ to, params }} icon={<Icon aria-hidden />} label={t(label)} on={also != null && path.includes(`/${also}`)} />
          ))}
      </ul>
    </nav>
  );
}
