/** A minute of the day as a clock shows it; empty for none. */
export function clockOf(minute: number | null | undefined): string {
  if (minute == null) return "";
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** What a clock shows as a minute of the day; null for what isn't a time. */
export function minuteOf(clock: string): number | null {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)/.exec(clock) ?? [];
  return hours == null || minutes == null ? null : Number(hours) * 60 + Number(minutes);
}
