import { CircleCheck, Info, TriangleAlert, X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { Button } from "./button";

type Tone = "ok" | "bad" | "info";
type Toast = { id: number; tone: Tone; text: string };

let toasts: readonly Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();

function change(list: readonly Toast[]) {
  toasts = list;
  for (const listener of listeners) listener();
}

function dismiss(id: number) {
  change(toasts.filter((toast) => toast.id !== id));
}

/** Shows a short note; bad news stays until it is dismissed. On a phone it comes at the top: dialogs have their buttons at the bottom. */
export function toast(text: string, tone: Tone = "ok") {
  const id = next++;
  change([...toasts.slice(-3), { id, tone, text }]);
  if (tone !== "bad") {
    setTimeout(() => {
      dismiss(id);
    }, 6000);
  }
}

const icons = { ok: CircleCheck, bad: TriangleAlert, info: Info };
const tones = { ok: "text-ok", bad: "text-bad", info: "text-busy" };

export function Toasts() {
  const { t } = useTranslation();
  const list = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div role="region" aria-label={t("common.notices")} aria-live="polite" data-toasts className="pointer-events-none fixed inset-x-4 top-4 z-60 flex flex-col items-end gap-2 sm:top-auto sm:bottom-4">
      {list.map(({ id, tone, text }) => {
        const Icon = icons[tone];
        return (
          <div key={id} className="pointer-events-auto flex w-full max-w-sm animate-rise items-start gap-2 rounded-lg bg-surface py-2 pr-2 pl-3 text-sm shadow-pop">
            <Icon aria-hidden className={cn("mt-1 size-4 shrink-0", tones[tone])} />
            <p className="min-w-0 flex-1 py-0.5 break-words">{text}</p>
            <Button
              variant="quiet"
              size="icon-sm"
              aria-label={t("common.dismiss")}
              onClick={() => {
                dismiss(id);
              }}
            >
              <X aria-hidden />
            </Button>
          </div>
        );
      })}
    </div>
  );
}
