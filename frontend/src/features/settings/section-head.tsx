import type { ReactNode } from "react";

/** What a section is for, with its action. */
export function SectionHead({ text, action }: { text: string; action?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-3 border-b px-4 py-3 sm:px-6">
      <p className="min-w-0 flex-1 basis-72 text-sm text-ink-2">{text}</p>
      {action}
    </div>
  );
}
