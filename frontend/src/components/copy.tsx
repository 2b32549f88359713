import { Check, Copy } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { Button } from "./button";
import { toast } from "./toast";

/** Copies a text and says so for two seconds. */
export function CopyButton({ text, label, shown = false, className }: { text: string; label: string; shown?: boolean; className?: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
    },
    [],
  );
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => {
          setCopied(false);
        }, 2000);
      },
      () => {
        toast(t("common.copyFailed"), "bad");
      },
    );
  };
  return (
    <Button variant={shown ? "secondary" : "quiet"} size={shown ? "sm" : "icon-sm"} onClick={copy} aria-label={label} title={label} className={className}>
      {copied ? <Check aria-hidden className="text-ok" /> : <Copy aria-hidden />}
      {shown && (copied ? t("common.copied") : t("common.copy"))}
      {!shown && copied && <span className="sr-only">{t("common.copied")}</span>}
    </Button>
  );
}

/** A value to carry elsewhere: readable, selectable, and copied with one press. */
export function CopyField({ label, value, hint, strong }: { label: string; value: string; hint?: string | undefined; strong?: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="min-w-0">
      <p className="mb-1 text-xs font-medium text-ink-2">{label}</p>
      <div className={cn("flex items-center gap-1 rounded-md border py-1 pr-1 pl-3", strong ? "border-line-strong bg-surface" : "bg-sunken")}>
        <span className="code min-w-0 flex-1 py-0.5 break-all select-all">{value}</span>
        <CopyButton text={value} label={t("common.copyThing", { thing: label })} />
      </div>
      {hint != null && <p className="mt-1 text-xs text-ink-2">{hint}</p>}
    </div>
  );
}
