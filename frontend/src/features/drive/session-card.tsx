import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { MySessionRowFragment } from "@/gql/drive/graphql";
import { duration, energy, percent, power } from "@/lib/format";
import { useLocale } from "@/lib/locale";
import { money } from "@/lib/money";

/** The present, to the second, while somebody watches it pass. */
function useSeconds(passing: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!passing) return undefined;
    const timer = setInterval(() => {
      setNow(Date.now());
    }, 1_000);
    return () => {
      clearInterval(timer);
    };
  }, [passing]);
  return now;
}

/** The numbers of a session, large enough to read from the driver's seat. */
export function SessionNumbers({ session }: { session: MySessionRowFragment }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const now = useSeconds(session.running);
  const facts = [
    { label: session.running ? t("drive.session.cost") : t("drive.session.total"), value: session.cost == null ? undefined : money(locale, session.cost) },
    { label: t("drive.session.energy"), value: energy(locale, session.energyWh) },
    { label: t("drive.session.time"), value: duration(locale, session.startedAt, session.stoppedAt, Math.max(now, new Date(session.startedAt).getTime())) },
    session.running
      ? { label: t("drive.session.power"), value: power(locale, session.powerW) }
      : { label: t("drive.session.soc"), value: percent(locale, session.soc), unknown: session.soc == null },
  ].filter(({ unknown }) => unknown !== true);
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-3" aria-live={session.running ? "off" : undefined}>
      {facts.map(({ label, value }) => (
        <div key={label} className="min-w-0">
          <dt className="text-sm text-ink-2">{label}</dt>
          <dd className="text-xl font-semibold tabular">{value ?? <span className="text-ink-3">–</span>}</dd>
        </div>
      ))}
    </dl>
  );
}
