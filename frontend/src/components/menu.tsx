import { Check } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/lib/cn";

const item =
  "flex w-full cursor-default items-center gap-2 rounded-sm px-2 py-1.5 text-sm text-ink outline-none select-none data-highlighted:bg-hover [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-ink-3";

/** A drop-down menu. It is loaded by its trigger (see on-intent) and so begins open. */
export function Menu({ trigger, children, align = "end" }: { trigger: ReactNode; children: ReactNode; align?: "start" | "end" }) {
  return (
    <Radix.Root modal={false} defaultOpen>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) max-w-80 min-w-52 animate-fade overflow-y-auto rounded-lg bg-surface p-1 shadow-pop"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

type ItemProps = ComponentProps<typeof Radix.Item> & {
  icon?: ReactNode;
  /** Why the item can't be chosen; it stays reachable, so that the reason can be read. */
  reason?: string | undefined;
  danger?: boolean;
};

export function MenuItem({ icon, reason, danger, children, className, onSelect, ...rest }: ItemProps) {
  const refused = reason != null;
  return (
    <Radix.Item
      {...rest}
      aria-disabled={refused || undefined}
      onSelect={(event) => {
        if (refused) event.preventDefault();
        else onSelect?.(event);
      }}
      className={cn(item, danger && !refused && "text-bad [&_svg]:text-bad", refused && "items-start", className)}
    >
      {icon != null && <span className={cn("flex", refused && "mt-0.5 opacity-60")}>{icon}</span>}
      <span className="min-w-0 flex-1">
        <span className={cn(refused && "text-ink-2")}>{children}</span>
        {refused && <span className="block text-xs text-ink-3">{reason}</span>}
      </span>
    </Radix.Item>
  );
}

export function MenuCheck({ checked, onCheckedChange, children }: { checked: boolean; onCheckedChange: (on: boolean) => void; children: ReactNode }) {
  return (
    <Radix.CheckboxItem
      checked={checked}
      onCheckedChange={onCheckedChange}
      onSelect={(event) => {
        event.preventDefault();
      }}
      className={item}
    >
      <span className="flex size-4 items-center justify-center">
        <Radix.ItemIndicator>
          <Check aria-hidden />
        </Radix.ItemIndicator>
      </span>
      {children}
    </Radix.CheckboxItem>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 pt-2 pb-1 text-xs font-medium text-ink-3">{children}</Radix.Label>;
}

export function MenuSeparator() {
  return <Radix.Separator className="my-1 h-px bg-line" />;
}
