import { useTranslation } from "react-i18next";
import { Time } from "@/components/time";
import type { ChargeDetailFragment } from "@/gql/billing/graphql";
import { mailStates } from "@/status/billing";
import { StateMark } from "@/status/mark";

type Receipt = NonNullable<ChargeDetailFragment["receipts"]>[number];

/** The receipts of a charge, with what became of their mail. */
export function Receipts({ receipts }: { receipts: readonly Receipt[] }) {
  const { t } = useTranslation();
  if (receipts.length === 0) return <p className="px-4 py-4 text-sm text-ink-2">{t("charges.noReceipts")}</p>;
  return (
    <ul className="divide-y">
      {receipts.map(({ id, number, kind, createdAt, email, emailStatus, emailFailure }) => (
        <li key={id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-sm">
          <span className="font-medium">{t(`charges.receipt.${kind}`)}</span>
          <span className="code">{number}</span>
          <span className="text-ink-2">
            <Time at={createdAt} style="minute" />
          </span>
          <span className="ml-auto">
            <StateMark state={mailStates[emailStatus]} detail={email === "" ? undefined : email} />
          </span>
          {emailFailure !== "" && <p className="w-full text-ink-2">{emailFailure}</p>}
        </li>
      ))}
    </ul>
  );
}
