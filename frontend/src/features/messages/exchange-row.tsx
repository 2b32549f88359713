import { ArrowDownLeft, ArrowUpRight, ChevronRight, Wrench } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/badge";
import { Json } from "@/components/json";
import { Time } from "@/components/time";
import { cn } from "@/lib/cn";
import { latency } from "@/lib/format";
import { parseRepair } from "@/lib/json-lines";
import { callErrors, lookUp } from "@/status/words";
import { delay, failed, type Exchange, type Message } from "./exchange";
import { useLocale } from "@/lib/locale";

/** One exchange: when, who asked, what, how long the answer took; the frames on demand. */
export function ExchangeRow({ exchange, zone }: { exchange: Exchange; zone?: string | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [open, setOpen] = useState(false);
  const { request, answer } = exchange;
  const received = exchange.direction === "RECEIVED";
  const bad = failed(exchange);
  const took = delay(exchange);
  const repaired = request?.repaired === true || answer?.repaired === true;
  const Arrow = received ? ArrowDownLeft : ArrowUpRight;
  // What a station answers to us says how a command ended; what we answer to it is seldom worth a line.
  const sentence = [request?.sentence || answer?.sentence, received || request == null ? "" : answer?.sentence].filter(Boolean).join(" ");

  return (
    <li className={cn("border-b [contain-intrinsic-size:auto_2.75rem] [content-visibility:auto]", open && "bg-sunken/50")} data-action={exchange.action}>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
        }}
        className="grid w-full grid-cols-[auto_minmax(0,1fr)_auto] items-start gap-x-3 px-4 py-2 text-left text-sm -outline-offset-2 hover:bg-hover sm:grid-cols-[6.25rem_auto_minmax(0,1fr)_auto] sm:px-6"
      >
        <span className="code order-last text-right text-ink-2 sm:order-none sm:text-left">
          <Time at={exchange.at} style="milli" zone={zone} />
        </span>
        <span className={cn("mt-0.5 flex", received ? "text-ink-3" : "text-accent")}>
          <Arrow aria-hidden className="size-4" />
          <span className="sr-only">{t(received ? "messages.fromStation" : "messages.toStation")}</span>
        </span>
        <span className="min-w-0 @4xl:grid @4xl:grid-cols-[16rem_minmax(0,1fr)] @4xl:items-start @4xl:gap-x-4">
          <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
            <span className="font-medium">{exchange.action || t(request?.type === "UNREADABLE" ? "messages.unreadable" : "messages.noAction")}</span>
            {bad && <Badge tone="bad">{answer?.errorCode || t("messages.error")}</Badge>}
            {repaired && (
              <Badge tone="warn">
                <Wrench aria-hidden className="size-3" />
                {t("messages.repaired")}
              </Badge>
            )}
          </span>
          {sentence !== "" && <span className="block break-words text-ink-2">{sentence}</span>}
        </span>
        <span className="hidden items-center gap-2 sm:flex">
          <span className={cn("tabular text-xs", took == null ? "text-warn" : "text-ink-2")}>
            {took == null ? (request?.type === "CALL" ? t("messages.unanswered") : "") : latency(locale, took)}
          </span>
          <ChevronRight aria-hidden className={cn("size-4 text-ink-3 transition-transform", open && "rotate-90")} />
        </span>
      </button>
      {open && (
        <div className="grid animate-fade gap-4 px-4 pt-1 pb-4 sm:px-6 xl:grid-cols-2">
          <Frame title={t("messages.request")} message={request} />
          <Frame title={t("messages.answer")} message={answer} />
        </div>
      )}
    </li>
  );
}

function Frame({ title, message }: { title: string; message: Message | undefined }) {
  const { t } = useTranslation();
  if (message == null) return null;
  const repairs = (message.repairs ?? []).map(parseRepair);
  const whole = repairs.filter(({ pointer }) => pointer === "");
  const code = lookUp(callErrors, message.errorCode);
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <p className="flex flex-wrap items-baseline gap-x-2 text-xs text-ink-2">
        <span className="font-medium text-ink">{title}</span>
        <span className="code">{message.type}</span>
        <span className="code break-all">{message.messageId}</span>
        <Time at={message.at} style="milli" />
      </p>
      {message.sentence !== "" && <p className="text-sm text-ink-2">{message.sentence}</p>}
      {code != null && <p className="text-sm text-bad">{t(code)}</p>}
      {whole.map(({ what }) => (
        <p key={what} className="flex items-start gap-1.5 text-sm text-warn">
          <Wrench aria-hidden className="mt-0.5 size-4 shrink-0" />
          {what}
        </p>
      ))}
      <Json value={message.payload} repairs={repairs} />
    </div>
  );
}
