// Numbers, units and times as the viewer's language writes them.

function number(locale: string, value: number, digits: number): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: digits, minimumFractionDigits: 0 }).format(value);
}

/** Energy in Wh, shown in the unit a person would use. */
export function energy(locale: string, wh: number | null | undefined): string | undefined {
  if (wh == null) return undefined;
  if (Math.abs(wh) < 1000) return `${number(locale, wh, 0)} Wh`;
  if (Math.abs(wh) < 1_000_000) return `${number(locale, wh / 1000, wh < 100_000 ? 2 : 1)} kWh`;
  return `${number(locale, wh / 1_000_000, 2)} MWh`;
}

/** A meter's reading: always kWh, as it stands on the meter. */
export function reading(locale: string, wh: number | null | undefined): string | undefined {
  return wh == null ? undefined : `${number(locale, wh / 1000, 3)} kWh`;
}

/** Power in W, shown in the unit a person would use. */
export function power(locale: string, w: number | null | undefined): string | undefined {
  if (w == null) return undefined;
  if (Math.abs(w) < 1000) return `${number(locale, w, 0)} W`;
  return `${number(locale, w / 1000, w < 100_000 ? 1 : 0)} kW`;
}

/** A size in bytes, in the unit a person would use. */
export function bytes(locale: string, size: number | null | undefined): string | undefined {
  if (size == null) return undefined;
  const units = ["B", "kB", "MB", "GB"];
  const step = size < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
  return `${number(locale, size / 1000 ** step, step === 0 ? 0 : 1)} ${units[step] ?? ""}`;
}

export function percent(locale: string, value: number | null | undefined): string | undefined {
  return value == null ? undefined : new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 }).format(value / 100);
}

/** A span of time in its two largest units: 2 h 05 min. */
export function duration(locale: string, from: string, to: string | number | null | undefined, now = Date.now()): string {
  const end = to == null ? now : new Date(to).getTime();
  return span(locale, Math.max(0, (end - new Date(from).getTime()) / 1000));
}

/** A number of seconds in its two largest units. */
export function span(locale: string, length: number): string {
  const seconds = Math.round(length);
  const unit = (value: number, name: string) => new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "narrow" }).format(value);
  if (seconds < 60) return unit(seconds, "second");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${unit(minutes, "minute")} ${unit(seconds % 60, "second")}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${unit(hours, "hour")} ${unit(minutes % 60, "minute")}`;
  return `${unit(Math.floor(hours / 24), "day")} ${unit(hours % 24, "hour")}`;
}

/** A delay between request and answer. */
export function latency(locale: string, ms: number): string {
  return ms < 1000 ? `${number(locale, Math.round(ms), 0)} ms` : `${number(locale, ms / 1000, 1)} s`;
}

/** How long ago, in one unit. */
export function ago(locale: string, at: string, now = Date.now()): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  const size = Math.abs(seconds);
  if (size < 45) return relative.format(0, "second");
  if (size < 45 * 60) return relative.format(Math.round(seconds / 60) || -1, "minute");
  if (size < 22 * 3600) return relative.format(Math.round(seconds / 3600), "hour");
  return relative.format(Math.round(seconds / 86_400), "day");
}

export type TimeStyle = "date" | "minute" | "second" | "milli" | "clock";

const styles: Record<TimeStyle, Intl.DateTimeFormatOptions> = {
  date: { year: "numeric", month: "short", day: "numeric" },
  minute: { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
  second: { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" },
  milli: { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" },
  clock: { hour: "2-digit", minute: "2-digit" },
};

/** A moment in the given zone, or the viewer's. */
export function moment(locale: string, at: string, style: TimeStyle, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { ...styles[style], timeZone }).format(new Date(at));
}

/** The whole moment with its zone, for a hint. */
export function fullMoment(locale: string, at: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { ...styles.minute, second: "2-digit", timeZone, timeZoneName: "longOffset" }).format(new Date(at));
}
