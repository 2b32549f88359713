import { expect, test } from "vitest";
import { begunWith, compositeOf, countsAt, inUnit, pictureOf, piecesOf, profileOf, type Profile } from "./schedule";

const hour = 3_600_000;
const midnight = Date.UTC(2030, 0, 1);
const iso = (at: number) => new Date(at).toISOString();
const span = { from: midnight, to: midnight + 24 * hour };

const profile = (given: Partial<Parameters<typeof profileOf>[0]> = {}): Profile =>
  profileOf({
    id: "p",
    evseNo: 1,
    purpose: "TX_DEFAULT_PROFILE",
    stackLevel: 0,
    kind: "ABSOLUTE",
    recurrency: "",
    createdAt: iso(midnight),
    schedules: [{ startAt: iso(midnight), unit: "A", periods: [{ startS: 0, limit: 16 }, { startS: 8 * 3600, limit: 6, phases: 1 }] }],
    ...given,
  });

test("periods follow each other to the end of the schedule", () => {
  expect(piecesOf(profile(), span).map(({ from, to, limit }) => [(from - midnight) / hour, (to - midnight) / hour, limit])).toEqual([
    [0, 8, 16],
    [8, 24, 6],
  ]);
  const short = profile({ schedules: [{ startAt: iso(midnight), durationS: 3600, unit: "A", periods: [{ startS: 0, limit: 16 }, { startS: 7200, limit: 6 }] }] });
  expect(piecesOf(short, span)).toHaveLength(1);
});

test("a daily schedule comes again, and the day before reaches into the span", () => {
  const daily = profile({ kind: "RECURRING", recurrency: "DAILY", schedules: [{ startAt: iso(midnight - 48 * hour + 22 * hour), unit: "A", durationS: 8 * 3600, periods: [{ startS: 0, limit: 32 }] }] });
  expect(piecesOf(daily, span).map(({ from, to }) => [(from - midnight) / hour, (to - midnight) / hour])).toEqual([
    [0, 6],
    [22, 24],
  ]);
});

test("a profile counts while it is valid", () => {
  const valid = profile({ validFrom: iso(midnight + 2 * hour), validTo: iso(midnight + 3 * hour) });
  expect(piecesOf(valid, span)).toMatchObject([{ from: midnight + 2 * hour, to: midnight + 3 * hour, limit: 16 }]);
});

test("a relative profile counts from the start of its session, or as if one began now", () => {
  const relative = profile({ kind: "RELATIVE", schedules: [{ startAt: iso(midnight - 9 * hour), durationS: 3600, unit: "A", periods: [{ startS: 0, limit: 10 }] }] });
  const sessions = [{ evseNo: 1, startedAt: iso(midnight + 3 * hour) }];
  expect(piecesOf(begunWith(relative, sessions, 1, midnight), span)).toMatchObject([{ from: midnight + 3 * hour, to: midnight + 4 * hour }]);
  expect(piecesOf(begunWith(relative, [], 1, midnight + 5 * hour), span)).toMatchObject([{ from: midnight + 5 * hour }]);
  expect(begunWith(profile(), sessions, 1, midnight).begun).toBe(midnight);
});

test("the highest level of a purpose counts, then the lowest of the purposes", () => {
  const flat = (id: string, purpose: string, stackLevel: number, limit: number) => profile({ id, purpose, stackLevel, evseNo: 0, schedules: [{ startAt: iso(midnight), unit: "A", periods: [{ startS: 0, limit }] }] });
  const least = (...profiles: Profile[]) => pictureOf(profiles, undefined, span, "A").least[0];
  expect(least(flat("a", "TX_DEFAULT_PROFILE", 0, 6), flat("b", "TX_DEFAULT_PROFILE", 1, 16))).toBe(16);
  expect(least(flat("a", "TX_DEFAULT_PROFILE", 1, 16), flat("b", "CHARGING_STATION_MAX_PROFILE", 0, 10))).toBe(10);
  expect(least(flat("a", "TX_DEFAULT_PROFILE", 0, 6), flat("b", "TX_PROFILE", 0, 20))).toBe(20);
  expect(least(flat("a", "TX_DEFAULT_PROFILE", 0, 6), flat("b", "LOCAL_GENERATION", 0, 1))).toBe(6);
  const external = "CHARGING_STATION_EXTERNAL_CONSTRAINTS";
  expect(least(flat("a", external, 0, 9), flat("b", external, 0, 20))).toBe(9);
  expect(least()).toBeNull();
});

test("a limit that ends in nothing is drawn up to its end", () => {
  const short = profile({ schedules: [{ startAt: iso(midnight + hour), durationS: 3600, unit: "A", periods: [{ startS: 0, limit: 16 }] }] });
  const { at, lines } = pictureOf([short], undefined, span, "A");
  const drawn = at.flatMap((second, index) => (lines[0]?.values[index] == null ? [] : [second * 1000 - midnight]));
  expect(drawn).toEqual([hour, 2 * hour - 1000]);
});

test("ampere and watt stand on one axis", () => {
  expect(inUnit(16, "A", "W", 3)).toBe(11_040);
  expect(inUnit(2300, "W", "A", 1)).toBe(10);
  const picture = pictureOf([profile()], undefined, span, "W");
  expect([...new Set(picture.lines[0]?.values)]).toEqual([11_040, 1380]);
});

test("the station's own word is drawn where it gave one", () => {
  const told = compositeOf({ startAt: iso(midnight + hour), durationS: 3600, unit: "A", periods: [{ startS: 0, limit: "10" }] });
  const end = midnight + 2 * hour;
  expect(pictureOf([], told, span, "A")).toMatchObject({ at: [midnight, midnight + hour, end - 1000, end, midnight + 24 * hour].map((at) => at / 1000), composite: [null, 10, 10, null, null] });
  expect(compositeOf(null)).toBeUndefined();
});

test("what holds for the station holds at each of its EVSEs, not the other way round", () => {
  expect([countsAt({ evseNo: 0 }, 1), countsAt({ evseNo: 1 }, 1), countsAt({ evseNo: 2 }, 1), countsAt({ evseNo: 1 }, 0)]).toEqual([true, true, false, false]);
});
