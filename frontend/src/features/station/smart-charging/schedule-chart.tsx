import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "@/app/theme";
import { followWidth, widthOf } from "@/components/chart-size";
import type { ChargingRateUnit } from "@/gql/graphql";
import { useLocale } from "@/lib/locale";
import type { Picture } from "./schedule";

type Named = { id: string; name: string; purpose: string };

/** Each purpose has its colour; levels of one purpose differ by their dashes. */
const colours: Readonly<Record<string, string>> = {
  CHARGING_STATION_MAX_PROFILE: "--bad",
  TX_DEFAULT_PROFILE: "--busy",
  TX_PROFILE: "--hold",
  CHARGING_STATION_EXTERNAL_CONSTRAINTS: "--warn",
  PRIORITY_CHARGING: "--hold",
  LOCAL_GENERATION: "--ok",
};
const dashes = [[], [8, 4], [3, 3], [10, 3, 2, 3]];

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

type Props = { picture: Picture; profiles: readonly Named[]; unit: ChargingRateUnit; label: string; height?: number; legend?: boolean };

/** Limits over time: a step for each profile, the area under what comes of them, and the station's own word as a line. */
export default function ScheduleChart({ picture, profiles, unit, label, height = 280, legend = true }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const theme = useTheme();
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = box.current;
    if (element == null) return undefined;
    const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
    const clock = new Intl.DateTimeFormat(locale, { weekday: "short", hour: "2-digit", minute: "2-digit" });
    const write = (raw: number) => (unit === "W" && Math.abs(raw) >= 1000 ? `${number.format(raw / 1000)} kW` : `${number.format(raw)} ${unit}`);
    const value = (_: uPlot, raw: number | null) => (raw == null ? "–" : write(raw));
    const grid = { stroke: token("--line"), width: 1 };
    const axis = { stroke: token("--ink-2"), grid, ticks: { show: false }, font: '12px "Inter Variable", sans-serif' };
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    const line = { points: { show: false }, spanGaps: false, value, ...(stepped == null ? {} : { paths: stepped }) };
    const used = new Map<string, number>();
    const told = picture.composite.some((item) => item != null);
    const chart = new uPlot(
      {
        width: widthOf(element),
        height,
        legend: { show: legend },
        cursor: { points: { size: 7 } },
        scales: { y: { range: (_, _low, high) => [0, Math.max(high, unit === "W" ? 1000 : 6) * 1.15] } },
        axes: [
          { ...axis, space: 90, values: (_, ticks) => ticks.map((second) => clock.format(second * 1000)) },
          { ...axis, size: 64, values: (_, ticks) => ticks.map(write) },
        ],
        series: [
          { label: t("session.time"), value: (_, second) => (second == null ? "–" : clock.format(second * 1000)) },
          { ...line, label: t("charging.least"), stroke: token("--ok"), fill: token("--ok-soft"), width: 0 },
          ...picture.lines.map(({ id }) => {
            const profile = profiles.find((item) => item.id === id);
            const colour = colours[profile?.purpose ?? ""] ?? "--ink-2";
            const before = used.get(colour) ?? 0;
            used.set(colour, before + 1);
            return { ...line, label: profile?.name ?? id, stroke: token(colour), width: 2, dash: dashes[before % dashes.length] ?? [] };
          }),
          ...(told ? [{ ...line, label: t("charging.composite"), stroke: token("--accent"), width: 3 }] : []),
        ],
      },
      [picture.at, picture.least, ...picture.lines.map(({ values }) => values), ...(told ? [picture.composite] : [])],
      element,
    );
    const leave = followWidth(chart, element, height);
    return () => {
      leave();
      chart.destroy();
    };
  }, [picture, profiles, unit, locale, t, theme, height, legend]);

  return <div ref={box} role="img" aria-label={label} style={{ minHeight: legend ? height + 40 : height }} className="w-full overflow-hidden text-sm" />;
}
