import { ChevronsUpDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import { onIntent } from "@/components/on-intent";
import { Logo } from "./logo";
import { useHere } from "./viewer";

const ScopeMenu = onIntent(() => import("./scope-menu"));

/** The tenant, and all of its networks or one: everything on screen follows. */
export function ScopeSwitch() {
  const { t } = useTranslation();
  const { viewer, tenant, network } = useHere();
  const networks = viewer.networks.filter(({ archivedAt }) => archivedAt == null);
  const chosen = networks.find(({ slug }) => slug === network);
  const scope = chosen?.name ?? (networks.length === 1 ? networks[0]?.name : undefined) ?? t("scope.all");
  return (
    <ScopeMenu
      trigger={
        <button
          type="button"
          className="flex min-w-0 flex-1 items-center gap-2.5 rounded-md px-2 py-1.5 text-left hover:bg-hover"
        >
          <Logo className="shrink-0" />
          <span className="min-w-0 flex-1 leading-4">
            <span className="block truncate text-sm font-semibold">{tenant.name}</span>
            <span className="block truncate text-xs text-ink-2">{scope}</span>
            <span className="sr-only">{t("scope.change")}</span>
          </span>
          <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-ink-3" />
        </button>
      }
    />
  );
}
