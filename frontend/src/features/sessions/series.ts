import type { SessionSamplesQuery } from "@/gql/graphql";

type Samples = NonNullable<SessionSamplesQuery["chargingSession"]>;
type Sample = Samples["power"][number];

/** Curves over one axis of time, in the shape the chart draws: seconds, kW, kWh, percent. */
export type Series = { at: number[]; power: (number | null)[]; energy: (number | null)[]; soc: (number | null)[] };

/** One value per moment: the total where the station gives one, else the sum of its phases. */
function perMoment(samples: readonly Sample[]): Map<number, number> {
  const totals = new Map<number, number>();
  const sums = new Map<number, number>();
  for (const { at, value, phase } of samples) {
    if (value == null) continue;
    const second = new Date(at).getTime() / 1000;
    if (phase === "") totals.set(second, value);
    else sums.set(second, (sums.get(second) ?? 0) + value);
  }
  return new Map([...sums, ...totals]);
}

/** Power from how the register grew, for stations that send no power. */
function derived(energy: Map<number, number>): Map<number, number> {
  const power = new Map<number, number>();
  let before: [number, number] | undefined;
  for (const [second, wh] of [...energy].sort(([a], [b]) => a - b)) {
    if (before != null && second > before[0]) power.set(second, Math.max(0, ((wh - before[1]) * 3600) / (second - before[0])));
    before = [second, wh];
  }
  return power;
}

export function seriesOf(samples: Pick<Samples, "power" | "energy" | "soc">, meterStartWh: number | null | undefined): Series {
  const register = perMoment(samples.energy);
  const measured = perMoment(samples.power);
  const power = measured.size === 0 ? derived(register) : measured;
  const soc = perMoment(samples.soc);
  const at = [...new Set([...power.keys(), ...register.keys(), ...soc.keys()])].sort((a, b) => a - b);
  const first = meterStartWh ?? register.get(Math.min(...register.keys())) ?? 0;
  // Some stations count each session from zero: a register below the start is the session's own.
  const base = [...register.values()].some((wh) => wh < first) ? 0 : first;
  return {
    at,
    power: at.map((second) => scaled(power.get(second))),
    energy: at.map((second) => {
      const wh = register.get(second);
      return wh == null ? null : (wh - base) / 1000;
    }),
    soc: at.map((second) => soc.get(second) ?? null),
  };
}

function scaled(watts: number | undefined): number | null {
  return watts == null ? null : watts / 1000;
}
