import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { Button } from "./button";

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  children?: ReactNode;
  footer?: ReactNode;
  /** A side panel keeps the list in view. */
  side?: boolean;
  wide?: boolean;
};

/** A dialog in the middle, at the bottom on a phone, or along the right edge. */
export function Dialog({ open, onOpenChange, title, description, children, footer, side, wide }: Props) {
  const { t } = useTranslation();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-fade bg-shade" />
        <Radix.Content
          // Dismissing a note is no wish to leave the dialog.
          onInteractOutside={(event) => {
            if (event.target instanceof Element && event.target.closest("[data-toasts]") != null) event.preventDefault();
          }}
          {...(description == null ? { "aria-describedby": undefined } : {})}
          className={cn(
            "fixed z-50 flex flex-col bg-surface shadow-pop outline-none",
            side
              ? "inset-y-0 right-0 w-full max-w-xl animate-slide border-l"
              : "inset-x-0 bottom-0 max-h-[92dvh] animate-rise rounded-t-xl sm:inset-x-auto sm:top-[12vh] sm:bottom-auto sm:left-1/2 sm:max-h-[80vh] sm:w-full sm:-translate-x-1/2 sm:rounded-xl",
            !side && (wide ? "sm:max-w-2xl" : "sm:max-w-md"),
          )}
        >
          <header className="flex items-start gap-3 px-5 pt-4 pb-1">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
              {description != null && <Radix.Description className="mt-1 text-sm text-ink-2">{description}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <Button variant="quiet" size="icon-sm" aria-label={t("common.close")} className="-mr-2">
                <X aria-hidden />
              </Button>
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-3">{children}</div>
          {footer != null && <footer className="flex flex-wrap justify-end gap-2 border-t px-5 py-3">{footer}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
