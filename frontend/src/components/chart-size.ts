import type uPlot from "uplot";

/** The width to draw at while the box has none, such as behind something that loads. */
const unseen = 600;

export function widthOf(box: HTMLElement): number {
  return box.clientWidth === 0 ? unseen : box.clientWidth;
}

/** Keeps a chart as wide as its box. A box that is hidden has no width, and says nothing of the chart's. */
export function followWidth(chart: uPlot, box: HTMLElement, height: number): () => void {
  const observer = new ResizeObserver(() => {
    if (box.clientWidth > 0 && box.clientWidth !== chart.width) chart.setSize({ width: box.clientWidth, height });
  });
  observer.observe(box);
  return () => {
    observer.disconnect();
  };
}
