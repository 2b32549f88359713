import { Popover as Radix } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { cn } from "@/lib/cn";

type Props = { trigger: ReactElement; label: string; className?: string; children: (close: () => void) => ReactNode; open: boolean; onOpenChange: (open: boolean) => void };

/** A panel under its trigger. */
export function Popover({ trigger, label, className, children, open, onOpenChange }: Props) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content align="start" sideOffset={4} collisionPadding={8} aria-label={label} className={cn("z-50 animate-fade overflow-y-auto rounded-lg bg-surface shadow-pop outline-none", className)}>
          {children(() => {
            onOpenChange(false);
          })}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
