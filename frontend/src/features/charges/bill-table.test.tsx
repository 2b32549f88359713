import { render, screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { BillPartsFragment, DifferencePartsFragment } from "@/gql/billing/graphql";
import type { Element } from "@/features/tariffs/definition";
import { changeLanguage } from "@/i18n";
import { BillTable } from "./bill-table";
import { DifferenceTable } from "./difference-table";

const eur = (amount: string) => ({ amount, currency: "EUR" });
const from = "2030-05-01T10:00:00Z";
const to = "2030-05-01T12:00:00Z";

const energy: BillPartsFragment["lines"][number] = {
  kind: "CHARGE",
  dimension: "ENERGY",
  element: 2,
  restriction: "Monday to Friday, 09:00 to 18:00",
  quantity: 18_450,
  billed: 18_500,
  unit: "Wh",
  unitPrice: 0.4501,
  taxPercent: 19,
  net: eur("7.00"),
  tax: eur("1.33"),
  total: eur("8.33"),
  from,
  to,
};

const bill: BillPartsFragment = {
  currency: "EUR",
  energyWh: 18_450,
  chargingS: 7200,
  idleS: 0,
  net: eur("6.00"),
  tax: eur("1.14"),
  total: eur("7.14"),
  review: [],
  lines: [energy, { ...energy, kind: "MAX_PRICE", dimension: null, element: null, restriction: "", quantity: 1, billed: 1, unit: "", unitPrice: 0, net: eur("-1.00"), tax: eur("-0.19"), total: eur("-1.19") }],
};

test("a bill says for each line what, how much, at what price, with which tax", () => {
  render(<BillTable bill={bill} label="Bill" zone="Europe/Berlin" />);
  const [, first, second] = within(screen.getByRole("table", { name: "Bill" })).getAllByRole("row");
  expect(first?.textContent).toContain("Energy");
  expect(first?.textContent).toContain("Monday to Friday, 09:00 to 18:00");
  expect(first?.textContent).toContain("18.5 kWh");
  expect(first?.textContent).toContain("used 18.45 kWh");
  expect(first?.textContent).toContain("€0.4501 per kWh");
  expect(first?.textContent).toContain("19%");
  expect(first?.textContent).toContain("€1.33");
  expect(first?.textContent).toContain("€8.33");
  expect(second?.textContent).toContain("Down to the maximum price");
  expect(second?.textContent).toContain("-€1.19");
  expect(screen.getByRole("rowheader", { name: "Total" }).parentElement?.textContent).toContain("€7.14");
});

test("times stand in the zone of the place", () => {
  render(<BillTable bill={{ ...bill, lines: [energy] }} label="Bill" zone="Asia/Kolkata" />);
  expect(screen.getByRole("table").textContent).toMatch(/3:30|15:30/);
});

test("when a line counted is said in the viewer's language where its element is known", async () => {
  await changeLanguage("de");
  const night: Element = { price_components: [], restrictions: { start_time: "09:00", end_time: "18:00", day_of_week: ["MONDAY"] } };
  const { rerender } = render(<BillTable bill={bill} label="Bill" elements={[night, night]} />);
  expect(screen.getByRole("table").textContent).toContain("Montag, 09:00 bis 18:00");
  rerender(<BillTable bill={bill} label="Bill" />);
  expect(screen.getByRole("table").textContent).toContain("Monday to Friday, 09:00 to 18:00");
  await changeLanguage("en");
});

test("a difference names both sides, and leaves out what stays", () => {
  const same: DifferencePartsFragment = { kind: "CHARGE", dimension: "FLAT", before: energy, after: energy, net: eur("0.00"), tax: eur("0.00"), total: eur("0.00") };
  const more: DifferencePartsFragment = { kind: "CHARGE", dimension: "ENERGY", before: energy, after: { ...energy, total: eur("9.00") }, net: eur("0.56"), tax: eur("0.11"), total: eur("0.67") };
  const { rerender } = render(<DifferenceTable lines={[same, more]} currency="EUR" label="Difference" />);
  const rows = within(screen.getByRole("table", { name: "Difference" })).getAllByRole("row");
  expect(rows).toHaveLength(2);
  expect(rows[1]?.textContent).toContain("€8.33");
  expect(rows[1]?.textContent).toContain("€9.00");
  expect(rows[1]?.textContent).toContain("+€0.67");
  rerender(<DifferenceTable lines={[same]} currency="EUR" label="Difference" />);
  expect(screen.getByText("The bill stays the same.")).toBeTruthy();
});
