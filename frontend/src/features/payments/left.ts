import type { PaymentDetailFragment } from "@/gql/graphql";
import type { Money } from "@/lib/money";

const cents = (text: string): bigint => BigInt(text.replace(".", ""));

function written(value: bigint, like: string): string {
  const decimals = like.split(".")[1]?.length ?? 0;
  const digits = value.toString().padStart(decimals + 1, "0");
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** What may be given back of a payment: what is left of it, as far as it is in the wallet; nothing where that is nothing. */
export function left({ credited, returned, wallet }: Pick<PaymentDetailFragment, "credited" | "returned" | "wallet">): Money | undefined {
  let most = cents(credited.amount) - cents(returned.amount);
  // Money that came in another currency lies beside the balance.
  if (wallet.balance.currency === credited.currency && cents(wallet.balance.amount) < most) most = cents(wallet.balance.amount);
  return most <= 0n ? undefined : { amount: written(most, credited.amount), currency: credited.currency };
}
