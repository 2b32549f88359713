import type { ReactNode } from "react";
import { Logo } from "./logo";
import { usePageTitle } from "./title";

/** The page around a single task: signing in, accepting an invitation, choosing a tenant. */
export function Plate({ title, text, children }: { title: string; text?: ReactNode; children: ReactNode }) {
  usePageTitle(title);
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-6 px-4 py-10">
      <div className="flex items-center gap-2 text-lg font-semibold tracking-tight">
        <Logo className="size-7!" />
        Busbar
      </div>
      <div className="flex w-full max-w-sm flex-col gap-4 rounded-xl border bg-surface p-6">
        <div>
          <h1 className="text-lg font-semibold">{title}</h1>
          {text != null && <p className="mt-1 text-sm text-ink-2">{text}</p>}
        </div>
        {children}
      </div>
    </main>
  );
}
