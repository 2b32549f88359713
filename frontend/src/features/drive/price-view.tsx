import { useTranslation } from "react-i18next";
import { Notice } from "@/components/notice";
import { useLocale } from "@/lib/locale";
import { money } from "@/lib/money";
import { priceLines, type ShownPrice } from "./price";

/** What charging costs at a connector, before it starts. */
export function PriceView({ price }: { price: ShownPrice | null }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (price == null) return <Notice tone="warn">{t("drive.price.none")}</Notice>;
  return (
    <div className="flex flex-col gap-1">
      <ul className="flex flex-col gap-0.5 font-medium tabular">
        {priceLines(t, locale, price).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {price.text != null && <p className="text-sm text-ink-2">{price.text}</p>}
      {!price.free && (
        <p className="text-sm text-ink-2">
          {price.estimate != null && `${t("drive.price.estimate", { amount: money(locale, price.estimate) })} `}
          {t("drive.price.holds")}
        </p>
      )}
    </div>
  );
}
