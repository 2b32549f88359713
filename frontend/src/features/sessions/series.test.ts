import { expect, test } from "vitest";
import { belongs } from "./relevant";
import { seriesOf } from "./series";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 2, 3, minute)).toISOString();
const sample = (minute: number, value: number | null, phase = "") => ({ id: `${String(minute)}${phase}`, at: at(minute), value, phase });

test("curves share one axis of time", () => {
  const series = seriesOf({ power: [sample(0, 11_000), sample(2, 7000)], energy: [sample(1, 1_000_500)], soc: [sample(2, 40)] }, 1_000_000);
  expect(series.at).toHaveLength(3);
  expect(series.power).toEqual([11, null, 7]);
  expect(series.energy).toEqual([null, 0.5, null]);
  expect(series.soc).toEqual([null, null, 40]);
});

test("phases add up unless the station gives the total", () => {
  const phases = [sample(0, 1000, "L1"), sample(0, 2000, "L2"), sample(0, 3000, "L3")];
  expect(seriesOf({ power: phases, energy: [], soc: [] }, null).power).toEqual([6]);
  expect(seriesOf({ power: [...phases, sample(0, 5900)], energy: [], soc: [] }, null).power).toEqual([5.9]);
});

test("without power the register's growth is the power", () => {
  const series = seriesOf({ power: [], energy: [sample(0, 1000), sample(6, 2000)], soc: [] }, 1000);
  expect(series.power).toEqual([null, 10]);
});

test("a register that counts each session from zero is not held against the meter at start", () => {
  expect(seriesOf({ power: [], energy: [sample(0, 0), sample(6, 500)], soc: [] }, 1_203_400).energy).toEqual([0, 0.5]);
});

const session = { ocppTransactionId: "70002", idTag: "04A1", evseNo: 1 };
const exchange = (request: unknown, answer?: unknown) => ({ request: { payload: request }, answer: answer == null ? undefined : { payload: answer } }) as Parameters<typeof belongs>[0];

test.each([
  ["its transaction", exchange({ transactionId: 70_002 }), true],
  ["another transaction on its connector", exchange({ transactionId: 5, connectorId: 1 }), false],
  ["the start, by the id in the answer", exchange({ connectorId: 1 }, { transactionId: 70_002 }), true],
  ["a status of its connector", exchange({ connectorId: 1 }), true],
  ["a status of another", exchange({ connectorId: 2 }), false],
  ["its token, other capitals", exchange({ idTag: "04a1" }), true],
  ["nothing in common", exchange({}), false],
])("%s", (_, given, wanted) => {
  expect(belongs(given, session)).toBe(wanted);
});
