import { useEffect, useEffectEvent, useState } from "react";
import { useWatch, type Control } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { fetchOnce } from "@/app/data";
import { problemOf, problemText, type Problem } from "@/app/errors";
import { useHere } from "@/app/viewer";
import { Field, Input } from "@/components/field";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { BillTable } from "@/features/charges/bill-table";
import { PriceQuoteDocument, type PriceQuoteInput, type PriceQuoteQuery } from "@/gql/billing/graphql";
import { cn } from "@/lib/cn";
import { instant, local } from "@/lib/local-time";
import { money } from "@/lib/money";
import { useLocale } from "@/lib/locale";
import { exact } from "./definition";
import { inputOf, tariffForm, type TariffValues } from "./form";

type Session = { energy: string; power: string; idle: string; startAt: string };

/** How long somebody has to pause before the price is asked for. */
const pause = 350;

/** The viewer's zone, in which moments are typed. */
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A thousand times a number of kilos, digit by digit. */
function thousandfold(text: string): string | undefined {
  if (exact(text) == null) return undefined;
  const [digits = "", decimals = ""] = text.trim().split(".");
  const moved = `${digits}${decimals.padEnd(3, "0").slice(0, 3)}`.replace(/^0+(?=\d)/, "");
  return decimals.length > 3 ? `${moved}.${decimals.slice(3)}` : moved;
}

/** The session that is priced; undefined while what was typed says none. */
function exampleInput(values: TariffValues, session: Session, timezone: string): PriceQuoteInput | undefined {
  const energyWh = thousandfold(session.energy);
  const idleMinutes = exact(session.idle === "" ? "0" : session.idle);
  const powerW = session.power === "" ? undefined : thousandfold(session.power);
  if (energyWh == null || idleMinutes == null || !Number.isInteger(idleMinutes) || (session.power !== "" && powerW == null)) return undefined;
  const startAt = instant(session.startAt);
  return {
    definition: inputOf(values),
    currency: values.currency.trim().toUpperCase(),
    timezone,
    energyWh,
    idleMinutes,
    ...(powerW == null ? {} : { powerW }),
    ...(startAt == null ? {} : { startAt }),
  };
}

type Answer = { quote?: PriceQuoteQuery["priceQuote"] | undefined; problem?: Problem | undefined; failed?: boolean };

/** What a session would cost by the tariff as it is being written. */
export function PriceExample({ control, onProblem }: { control: Control<TariffValues>; onProblem: (problem: Problem | undefined) => boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useClient();
  const { tenant } = useHere();
  const values = useWatch({ control }) as TariffValues;
  const [session, setSession] = useState<Session>(() => ({ energy: "20", power: "11", idle: "0", startAt: local(new Date().toISOString()) }));
  const [answer, setAnswer] = useState<Answer>({});
  const parsed = tariffForm.safeParse({ ...values, name: values.name === "" ? "-" : values.name });
  const input = parsed.success ? exampleInput(values, session, tenant.timezone) : undefined;
  const key = input == null ? undefined : JSON.stringify(input);

  const show = useEffectEvent((next: Answer) => {
    // What is shown at its field needs no second place.
    const shown = onProblem(next.problem);
    setAnswer((old) => ({ quote: next.quote ?? old.quote, problem: shown ? undefined : next.problem, failed: next.problem != null }));
  });
  useEffect(() => {
    if (key == null) return undefined;
    let current = true;
    const timer = setTimeout(() => {
      void fetchOnce(client, PriceQuoteDocument, { input: JSON.parse(key) as PriceQuoteInput }).then(({ data, error }) => {
        if (!current) return;
        show(error == null ? { quote: data?.priceQuote } : { problem: problemOf(error) });
      });
    }, pause);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client, key]);

  const { quote, problem, failed } = answer;
  // What was worked out before the last change leans: faded it could not be read by everybody.
  const stale = quote != null && (key == null || failed === true);
  const fields = [
    { name: "energy", label: t("tariffs.example.energy"), mode: "decimal", type: "text" },
    { name: "power", label: t("tariffs.example.power"), mode: "decimal", type: "text" },
    { name: "idle", label: t("tariffs.example.idle"), mode: "numeric", type: "text" },
    { name: "startAt", label: t("tariffs.example.start"), mode: undefined, type: "datetime-local" },
  ] as const;
  return (
    <Panel flush title={t("tariffs.example.title")} note={quote == null ? undefined : <span className={cn("tabular text-base font-semibold text-ink", stale && "italic")}>{money(locale, quote.bill.total)}</span>}>
      <div className="grid grid-cols-2 gap-3 border-b p-4">
        {fields.map(({ name, label, mode, type }) => (
          <Field key={name} label={label} hint={name === "startAt" && tenant.timezone !== here ? t("tariffs.example.zone", { zone: tenant.timezone }) : undefined} className={name === "startAt" ? "col-span-2 sm:col-span-1" : undefined}>
            {(ids) => (
              <Input
                {...ids}
                type={type}
                inputMode={mode}
                value={session[name]}
                onChange={(event) => {
                  setSession((old) => ({ ...old, [name]: event.target.value }));
                }}
              />
            )}
          </Field>
        ))}
      </div>
      <div aria-live="polite" className={cn(stale && "italic")}>
        {quote == null ? (
          <p className="px-4 py-10 text-center text-sm text-ink-2">{t("tariffs.example.nothing")}</p>
        ) : quote.bill.lines.length === 0 ? (
          <p className="px-4 py-6 text-center text-sm text-ink-2">{t("tariffs.costsNothing")}</p>
        ) : (
          <BillTable bill={quote.bill} label={t("tariffs.example.title")} zone={tenant.timezone} />
        )}
      </div>
      {(problem != null || (quote?.warnings.length ?? 0) > 0) && (
        <div className="flex flex-col gap-2 border-t p-4">
          {problem != null && <Notice tone="bad">{problemText(t, problem)}</Notice>}
          {quote?.warnings.map(({ code, message }) => (
            <Notice key={`${code} ${message}`} tone="warn">
              {message}
            </Notice>
          ))}
        </div>
      )}
    </Panel>
  );
}
