import type { ReactNode } from "react";
import { usePageTitle } from "@/app/title";
import { cn } from "@/lib/cn";

/** A titled surface; the building block of pages. */
export function Panel({ title, note, action, children, className, flush }: { title?: string; note?: ReactNode; action?: ReactNode; children: ReactNode; className?: string; flush?: boolean }) {
  return (
    <section className={cn("rounded-lg border bg-surface", className)}>
      {title != null && (
        <header className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-1.5">
          <h2 className="text-base font-semibold">{title}</h2>
          {note != null && <div className="min-w-0 text-sm text-ink-2">{note}</div>}
          {action != null && <div className="ml-auto flex items-center gap-1">{action}</div>}
        </header>
      )}
      <div className={cn(!flush && "p-4")}>{children}</div>
    </section>
  );
}

export type Fact = { label: string; value: ReactNode };

/** Facts as label and value; empty ones show a dash. */
export function Facts({ facts, columns = 2 }: { facts: readonly Fact[]; columns?: 1 | 2 | 3 | 4 }) {
  return (
    <dl className={cn("grid gap-x-8 gap-y-3", columns >= 2 && "grid-cols-2", columns === 3 && "xl:grid-cols-3", columns === 4 && "lg:grid-cols-4")}>
      {facts.map(({ label, value }) => (
        <div key={label} className="min-w-0">
          <dt className="text-xs text-ink-2">{label}</dt>
          <dd className="text-sm break-words">{value == null || value === "" ? <span className="text-ink-3">–</span> : value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A page's head: where we are, its title, and the main action at the right. */
export function PageHead({ crumb, title, mark, sub, actions }: { crumb?: ReactNode; title: string; mark?: ReactNode; sub?: ReactNode; actions?: ReactNode }) {
  usePageTitle(title);
  return (
    <header className="flex flex-wrap items-end gap-x-4 gap-y-3 px-4 pt-5 pb-4 sm:px-6">
      <div className="min-w-0 flex-1 basis-40">
        {crumb != null && <p className="mb-0.5 text-sm text-ink-2">{crumb}</p>}
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="min-w-0 text-xl font-semibold tracking-tight break-words">{title}</h1>
          {mark}
        </div>
        {sub != null && <div className="mt-1 text-sm text-ink-2">{sub}</div>}
      </div>
      {actions != null && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
