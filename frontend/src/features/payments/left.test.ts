import { expect, test } from "vitest";
import { left } from "./left";

const eur = (amount: string) => ({ amount, currency: "EUR" });
const of = (credited: string, returned: string, balance: string) => left({ credited: eur(credited), returned: eur(returned), wallet: { id: "w", currency: "EUR", balance: eur(balance) } });

test("what is left of a payment is bounded by what is in the wallet", () => {
  expect(of("20.00", "0.00", "20.00")).toEqual(eur("20.00"));
  expect(of("20.00", "5.50", "100.00")).toEqual(eur("14.50"));
  expect(of("20.00", "0.00", "0.07")).toEqual(eur("0.07"));
});

test("nothing is left of what was given back, spent or owed", () => {
  expect(of("20.00", "20.00", "5.00")).toBeUndefined();
  expect(of("20.00", "0.00", "0.00")).toBeUndefined();
  expect(of("20.00", "0.00", "-3.00")).toBeUndefined();
});

test("currencies without decimals, and money that came in another one", () => {
  const jpy = (amount: string) => ({ amount, currency: "JPY" });
  expect(left({ credited: jpy("2000"), returned: jpy("500"), wallet: { id: "w", currency: "JPY", balance: jpy("9000") } })).toEqual(jpy("1500"));
  expect(left({ credited: eur("20.00"), returned: eur("0.00"), wallet: { id: "w", currency: "JPY", balance: jpy("0") } })).toEqual(eur("20.00"));
});
