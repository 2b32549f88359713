import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { CostSoFarDocument } from "@/gql/billing/graphql";
import { useLocale } from "@/lib/locale";
import { money } from "@/lib/money";
import { useGrowing } from "./session-cost";

/** What a running session costs so far, for a connector's tile; nothing where nobody knows. */
export default function CostSoFar({ sessionId, moved }: { sessionId: string; moved: unknown }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const loaded = useData(CostSoFarDocument, { id: sessionId });
  useGrowing(true, moved, loaded.refetch);
  const total = loaded.data?.chargingSession?.cost?.total;
  if (total == null) return null;
  return (
    <div className="col-span-3 flex items-baseline justify-between gap-2 border-t pt-2">
      <dt className="text-xs text-ink-2">{t("cost.cost")}</dt>
      <dd className="tabular font-semibold">{money(locale, total)}</dd>
    </div>
  );
}
