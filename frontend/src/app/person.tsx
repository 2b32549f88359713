import { ChevronsUpDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import { onIntent } from "@/components/on-intent";
import { useHere } from "./viewer";

const PersonMenu = onIntent(() => import("./person-menu"));

/** Who is signed in. */
export function Person() {
  const { t } = useTranslation();
  const { viewer } = useHere();
  const name = viewer.user?.name ?? viewer.user?.email ?? "";
  return (
    <div className="border-t p-2">
      <PersonMenu
        trigger={
          <button type="button" className="flex w-full items-center gap-2 rounded-md px-2 py-1.5 text-left hover:bg-hover">
            <span aria-hidden className="flex size-6 shrink-0 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-accent">
              {name.slice(0, 1).toUpperCase()}
            </span>
            <span className="min-w-0 flex-1 truncate text-sm">{name}</span>
            <span className="sr-only">{t("nav.person")}</span>
            <ChevronsUpDown aria-hidden className="size-4 text-ink-3" />
          </button>
        }
      />
    </div>
  );
}
