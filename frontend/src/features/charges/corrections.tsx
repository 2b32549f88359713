import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { Time } from "@/components/time";
import type { ChargeDetailFragment, CorrectionRowFragment } from "@/gql/billing/graphql";
import { useLocale } from "@/lib/locale";
import { correctionStates } from "@/status/billing";
import { StateMark } from "@/status/mark";
import { DifferenceTable, signed } from "./difference-table";

const Decide = lazy(() => import("./action-dialogs").then((module) => ({ default: module.Decide })));

/** What changed a charge after it was made, the newest first, each line by line. */
export function Corrections({ charge, writable }: { charge: ChargeDetailFragment; writable: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [asked, setAsked] = useState<{ correction: CorrectionRowFragment; apply: boolean }>();
  const corrections = [...(charge.corrections ?? [])].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  if (corrections.length === 0) return <p className="px-4 py-4 text-sm text-ink-2">{t("charges.noCorrections")}</p>;
  return (
    <>
      <ul className="divide-y">
        {corrections.map((correction) => (
          <li key={correction.id}>
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3">
              <p className="font-medium">{t(`charges.kind.${correction.kind}`)}</p>
              <StateMark state={correctionStates[correction.status]} />
              <p className="tabular ml-auto font-semibold">{signed(locale, correction.total)}</p>
              <p className="w-full text-sm text-ink-2">
                {[correction.reason, correction.tariffVersion == null ? "" : `${correction.tariffVersion.tariff.name}, ${t("tariffs.versionNo", { no: correction.tariffVersion.number })}`].filter(Boolean).join(" · ")}
              </p>
              <p className="w-full text-xs text-ink-2">
                <Time at={correction.createdAt} style="minute" /> {t("charges.by", { who: correction.createdBy })}
                {correction.decidedAt != null && (
                  <>
                    {" · "}
                    {t(correctionStates[correction.status].word)} <Time at={correction.decidedAt} style="minute" /> {t("charges.by", { who: correction.decidedBy })}
                  </>
                )}
              </p>
              {correction.status === "OPEN" && writable && (
                <div className="flex w-full gap-2 pt-1">
                  <Button
                    size="sm"
                    variant="primary"
                    onClick={() => {
                      setAsked({ correction, apply: true });
                    }}
                  >
                    {t("charges.apply")}
                  </Button>
                  <Button
                    size="sm"
                    onClick={() => {
                      setAsked({ correction, apply: false });
                    }}
                  >
                    {t("charges.dismiss")}
                  </Button>
                </div>
              )}
            </div>
            {correction.difference != null && (
              <div className="mx-4 mb-3 rounded-md border">
                <DifferenceTable lines={correction.difference} currency={charge.currency} label={t("charges.differenceOf")} />
              </div>
            )}
          </li>
        ))}
      </ul>
      {asked != null && (
        <Suspense>
          <Decide
            {...asked}
            onClose={() => {
              setAsked(undefined);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
