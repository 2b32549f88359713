import { expect, test } from "vitest";
import { refusal } from "./actions";
import { chargeFilter } from "./filter";

const due = { amount: "8.50", currency: "EUR" };
const charge = (status: "PAID" | "RECEIVABLE" | "BILLING_FAILED" | "NEEDS_REVIEW" | "WRITTEN_OFF", failureCode = "", amount = due.amount) => ({ status, failureCode, due: { ...due, amount } });

test.each([
  ["retry", charge("BILLING_FAILED", "INSUFFICIENT_FUNDS"), undefined],
  ["retry", charge("NEEDS_REVIEW", "RETRIES_EXHAUSTED"), undefined],
  ["retry", charge("NEEDS_REVIEW", "DOUBTFUL_METER"), "charges.retryNot"],
  ["retry", charge("PAID"), "charges.retryNot"],
  ["approve", charge("NEEDS_REVIEW", "DOUBTFUL_METER"), undefined],
  ["approve", charge("NEEDS_REVIEW", "RETRIES_EXHAUSTED"), "charges.approveNot"],
  ["refund", charge("PAID"), undefined],
  ["refund", charge("RECEIVABLE"), undefined],
  ["refund", charge("PAID", "", "0.00"), "charges.refundNothing"],
  ["refund", charge("PAID", "", "-1.00"), "charges.refundNothing"],
  ["refund", charge("BILLING_FAILED"), "charges.refundNot"],
  ["writeOff", charge("BILLING_FAILED"), undefined],
  ["writeOff", charge("NEEDS_REVIEW"), undefined],
  ["writeOff", charge("RECEIVABLE"), "charges.writeOffPaid"],
  ["writeOff", charge("WRITTEN_OFF"), "charges.writeOffDone"],
  ["rebill", charge("PAID"), undefined],
] as const)("%s of a charge that is %o: %s", (action, given, reason) => {
  expect(refusal(action, given, true)).toBe(reason);
});

test("who may only read is told so", () => {
  expect(refusal("rebill", charge("PAID"), false)).toBe("charges.noWrite");
});

test("the address is what the list asks for", () => {
  expect(chargeFilter({})).toEqual({});
  expect(chargeFilter({ status: "PAID,NEEDS_REVIEW", of: "n1", since: "2030-01-01T00:00:00Z" })).toEqual({ statusIn: ["PAID", "NEEDS_REVIEW"], networkId: "n1", createdAtGTE: "2030-01-01T00:00:00Z" });
  expect(JSON.stringify(chargeFilter({ q: " anna " }).or)).toContain('"nameContainsFold":"anna"');
});
