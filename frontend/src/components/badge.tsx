import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const look = cva("inline-flex max-w-full items-center gap-1 rounded-sm px-1.5 py-px text-xs font-medium whitespace-nowrap", {
  variants: {
    tone: {
      ok: "bg-ok-soft text-ok",
      busy: "bg-busy-soft text-busy",
      warn: "bg-warn-soft text-warn",
      hold: "bg-hold-soft text-hold",
      bad: "bg-bad-soft text-bad",
      idle: "bg-idle-soft text-idle",
    },
  },
  defaultVariants: { tone: "idle" },
});

export type Tone = NonNullable<VariantProps<typeof look>["tone"]>;

export function Badge({ tone, className, ...rest }: ComponentProps<"span"> & { tone?: Tone }) {
  return <span {...rest} className={cn(look({ tone }), className)} />;
}
