import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

const looks = {
  info: { icon: Info, className: "bg-busy-soft text-busy" },
  warn: { icon: TriangleAlert, className: "bg-warn-soft text-warn" },
  bad: { icon: CircleAlert, className: "bg-bad-soft text-bad" },
};

/** A remark inside a page or form; bad news is announced. */
export function Notice({ tone = "info", children, action }: { tone?: keyof typeof looks; children: ReactNode; action?: ReactNode }) {
  const { icon: Icon, className } = looks[tone];
  return (
    <div role={tone === "bad" ? "alert" : undefined} className={cn("flex items-start gap-2 rounded-md px-3 py-2 text-sm", className)}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1 break-words">{children}</div>
      {action}
    </div>
  );
}
