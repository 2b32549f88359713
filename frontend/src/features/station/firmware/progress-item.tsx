import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Time } from "@/components/time";
import { CommandOutcome } from "@/features/commands/command-outcome";
import type { CommandRowFragment } from "@/gql/graphql";
import type { State } from "@/status/language";
import { StateMark } from "@/status/mark";
import { strangeState } from "@/status/progress";
import { timeline } from "./progress";
import { Timeline } from "./timeline";

type Item = { id: string; createdAt: string; updatedAt: string; status: string; ended: boolean; history?: unknown; command?: CommandRowFragment | null | undefined };

type Props = { item: Item; states: Readonly<Record<string, State>>; title: ReactNode; note?: ReactNode; action?: ReactNode; children?: ReactNode };

/** An update or an upload: where it stands, and how it came there. */
export function ProgressItem({ item, states, title, note, action, children }: Props) {
  const { t } = useTranslation();
  const state = states[item.status] ?? strangeState;
  const refused = item.command != null && item.command.status !== "ACCEPTED" && item.command.status !== "SENT" && item.command.status !== "PENDING";
  return (
    <li data-progress={item.status} className="flex items-start gap-2 pr-4">
      <details className="group min-w-0 flex-1" open={item.ended ? undefined : true}>
        <summary className="flex cursor-pointer list-none flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-sm hover:bg-hover">
          <ChevronRight aria-hidden className="size-3.5 shrink-0 text-ink-3 transition-transform group-open:rotate-90" />
          <span className="min-w-0 font-medium break-all">{title}</span>
          <StateMark state={state} {...(states[item.status] == null ? { detail: item.status } : {})} />
          {note != null && <span className="text-xs text-ink-2">{note}</span>}
          <span className="ml-auto text-xs text-ink-2">
            <Time at={item.createdAt} />
          </span>
        </summary>
        <div className="flex flex-col gap-3 px-4 pt-1 pb-4 pl-10">
          <Timeline steps={timeline(item)} states={states} />
          {refused && item.command != null && (
            <div>
              <p className="mb-1 text-xs text-ink-2">{t("messages.answer")}</p>
              <CommandOutcome command={item.command} />
            </div>
          )}
          {children}
        </div>
      </details>
      {action != null && <div className="pt-1.5">{action}</div>}
    </li>
  );
}
