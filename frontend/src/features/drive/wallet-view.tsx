import type { ParseKeys } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { Facts, Panel } from "@/components/panel";
import { Time } from "@/components/time";
import type { MyWalletQuery } from "@/gql/drive/graphql";
import { useLocale } from "@/lib/locale";
import { money } from "@/lib/money";
import { DriveLink } from "./link";

const statuses: Record<string, ParseKeys> = {
  PENDING: "drive.money.status.PENDING",
  FAILED: "drive.money.status.FAILED",
  EXPIRED: "drive.money.status.EXPIRED",
  CAPTURED: "drive.money.status.CAPTURED",
  REFUNDED: "drive.money.status.REFUNDED",
  DISPUTED: "drive.money.status.DISPUTED",
};

/** What is in the wallet, and what came in and went out of it. */
export function WalletView({ my: { wallet, payments, receipts }, topUp }: { my: MyWalletQuery["my"]; topUp?: ReactNode }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const facts = [
    { label: t("drive.money.available"), value: money(locale, wallet.available) },
    { label: t("drive.money.held"), value: money(locale, wallet.held) },
  ];
  if (Number(wallet.creditLimit.amount) > 0) facts.push({ label: t("drive.money.credit"), value: money(locale, wallet.creditLimit) });
  return (
    <>
      <header>
        <h1 className="text-sm text-ink-2">{t("drive.money.balance")}</h1>
        <p className="text-xl font-semibold tabular">{money(locale, wallet.balance)}</p>
      </header>
      <Panel>
        <Facts facts={facts} />
      </Panel>
      {topUp}
      <Panel title={t("drive.money.payments")} flush>
        {payments.length === 0 ? (
          <p className="p-4 text-sm text-ink-2">{t("drive.money.noPayments")}</p>
        ) : (
          <ul className="divide-y">
            {payments.map((payment) => {
              const status = statuses[payment.status];
              return (
                <li key={payment.id} className="flex items-baseline gap-3 px-4 py-3">
                  <span className="min-w-0 flex-1">
                    <span className="block">{status == null ? payment.status : t(status)}</span>
                    <span className="block text-sm text-ink-2">
                      <Time at={payment.at} style="minute" /> {payment.failure}
                    </span>
                  </span>
                  {payment.checkoutURL != null && (
                    <Button asChild>
                      <a href={payment.checkoutURL}>{t("drive.money.pay")}</a>
                    </Button>
                  )}
                  <span className="font-medium tabular">{money(locale, payment.amount)}</span>
                </li>
              );
            })}
          </ul>
        )}
      </Panel>
      <Panel title={t("drive.money.receipts")} flush>
        {receipts.length === 0 ? (
          <p className="p-4 text-sm text-ink-2">{t("drive.money.noReceipts")}</p>
        ) : (
          <ul className="divide-y">
            {receipts.map((receipt) => (
              <li key={receipt.id}>
                <DriveLink to={`s/${receipt.sessionId}`} className="flex items-baseline gap-3 px-4 py-3 hover:bg-hover">
                  <span className="min-w-0 flex-1">
                    <span className="block truncate">{receipt.number}</span>
                    <span className="block text-sm text-ink-2">
                      <Time at={receipt.at} style="minute" />
                    </span>
                  </span>
                  <span className="font-medium tabular">{money(locale, receipt.total)}</span>
                </DriveLink>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </>
  );
}
