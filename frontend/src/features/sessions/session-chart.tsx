import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "@/app/theme";
import { followWidth, widthOf } from "@/components/chart-size";
import type { Series } from "./series";
import { useLocale } from "@/lib/locale";

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Power, energy and state of charge over the time of a session. */
export default function SessionChart({ series, zone }: { series: Series; zone: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const theme = useTheme();
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = box.current;
    if (element == null) return undefined;
    const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
    const span = (series.at.at(-1) ?? 0) - (series.at[0] ?? 0);
    const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", ...(span < 900 ? { second: "2-digit" } : {}), timeZone: zone });
    const value = (unit: string) => (_: uPlot, raw: number | null) => (raw == null ? "–" : `${number.format(raw)} ${unit}`);
    const grid = { stroke: token("--line"), width: 1 };
    const axis = { stroke: token("--ink-2"), grid, ticks: { show: false }, font: '12px "Inter Variable", sans-serif' };
    const hasSoc = series.soc.some((item) => item != null);
    const chart = new uPlot(
      {
        width: widthOf(element),
        height: 280,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
        cursor: { points: { size: 7 } },
        scales: { kW: { range: (_, _low, high) => [0, Math.max(high, 1) * 1.1] }, kWh: { range: (_, _low, high) => [0, Math.max(high, 0.1) * 1.1] }, "%": { range: [0, 100] } },
        axes: [
          { ...axis, space: 70, values: (_, ticks) => ticks.map((second) => clock.format(second * 1000)) },
          { ...axis, scale: "kW", size: 56, values: (_, ticks) => ticks.map((tick) => `${number.format(tick)} kW`) },
          { ...axis, scale: "kWh", side: 1, size: 64, grid: { show: false }, values: (_, ticks) => ticks.map((tick) => `${number.format(tick)} kWh`) },
        ],
        series: [
          { label: t("session.time"), value: (_, second) => (second == null ? "–" : clock.format(second * 1000)) },
          { label: t("session.power"), scale: "kW", stroke: token("--busy"), fill: token("--busy-soft"), width: 2, spanGaps: true, value: value("kW") },
          { label: t("session.energy"), scale: "kWh", stroke: token("--accent"), width: 1.5, spanGaps: true, value: value("kWh") },
          ...(hasSoc ? [{ label: t("session.soc"), scale: "%", stroke: token("--ok"), width: 1.5, dash: [6, 4], spanGaps: true, value: value("%") }] : []),
        ],
      },
      [series.at, series.power, series.energy, ...(hasSoc ? [series.soc] : [])],
      element,
    );
    const leave = followWidth(chart, element, 280);
    return () => {
      leave();
      chart.destroy();
    };
  }, [series, zone, locale, t, theme]);

  return <div ref={box} role="img" aria-label={t("session.chart")} className="min-h-[19rem] w-full overflow-hidden text-sm" />;
}
