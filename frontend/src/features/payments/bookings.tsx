import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { oneOf } from "@/app/search";
import { Time } from "@/components/time";
import type { PaymentDetailFragment } from "@/gql/graphql";
import { cn } from "@/lib/cn";
import { useLocale } from "@/lib/locale";
import { isNegative, money } from "@/lib/money";

type Booking = PaymentDetailFragment["bookings"][number];

/** The entries of each transaction together, in the order of the books. */
function byTransaction(bookings: readonly Booking[]): Booking[][] {
  const groups = new Map<string, Booking[]>();
  for (const booking of bookings) groups.set(booking.transactionId, [...(groups.get(booking.transactionId) ?? []), booking]);
  return [...groups.values()];
}

const kinds = ["TOP_UP", "FEE", "REFUND", "REFUND_FAILED", "DISPUTE", "DISPUTE_WON"] as const;

function bookedKind(t: TFunction, kind: string): string {
  const known = oneOf(kind, kinds);
  return known == null ? kind : t(`payments.booked.${known}`);
}

/** What a payment moved in the books. */
export function Bookings({ bookings }: { bookings: readonly Booking[] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (bookings.length === 0) return <p className="px-4 py-6 text-sm text-ink-2">{t("payments.notBooked")}</p>;
  return (
    <ol className="divide-y">
      {byTransaction(bookings).map((entries) => {
        const first = entries[0];
        if (first == null) return null;
        return (
          <li key={first.transactionId} className="px-4 py-3 text-sm">
            <p className="flex flex-wrap gap-x-2">
              <span className="font-medium">{bookedKind(t, first.kind)}</span>
              <span className="ml-auto text-ink-2">
                <Time at={first.at} style="minute" />
              </span>
            </p>
            {first.memo !== "" && <p className="text-ink-2">{first.memo}</p>}
            <ul className="mt-1">
              {entries.map(({ accountKind, amount }, index) => (
                <li key={index} className="flex gap-3">
                  <span className="text-ink-2">{t(`payments.ledger.${accountKind}`)}</span>
                  <span className={cn("tabular ml-auto", isNegative(amount) && "text-ink-2")}>{money(locale, amount)}</span>
                </li>
              ))}
            </ul>
          </li>
        );
      })}
    </ol>
  );
}
