import { useEffect, useRef, useState } from "react";

type Tip = { text: string; x: number; y: number; above: boolean };

const delay = 350;

/**
 * One layer for all hints: whatever carries data-tip shows it on hover and on focus. A row of states costs nothing
 * until somebody asks.
 */
export function TooltipLayer() {
  const [tip, setTip] = useState<Tip>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    const hide = () => {
      clearTimeout(timer.current);
      setTip(undefined);
    };
    const show = (event: Event) => {
      const target = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-tip]") : null;
      hide();
      const text = target?.dataset.tip;
      if (target == null || text == null || text === "") return;
      timer.current = setTimeout(() => {
        const { left, width, top, bottom } = target.getBoundingClientRect();
        const above = bottom + 80 > window.innerHeight;
        setTip({ text, x: Math.min(Math.max(left + width / 2, 150), window.innerWidth - 150), y: above ? top - 6 : bottom + 6, above });
      }, delay);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") hide();
    };
    document.addEventListener("pointerover", show);
    document.addEventListener("focusin", show);
    document.addEventListener("pointerdown", hide);
    document.addEventListener("scroll", hide, true);
    document.addEventListener("keydown", onKey);
    return () => {
      hide();
      document.removeEventListener("pointerover", show);
      document.removeEventListener("focusin", show);
      document.removeEventListener("pointerdown", hide);
      document.removeEventListener("scroll", hide, true);
      document.removeEventListener("keydown", onKey);
    };
  }, []);
  if (tip == null) return null;
  return (
    <div
      role="tooltip"
      className="pointer-events-none fixed z-60 max-w-72 animate-fade rounded-md bg-ink px-2 py-1 text-xs text-bg"
      style={{ left: tip.x, top: tip.y, translate: tip.above ? "-50% -100%" : "-50% 0" }}
    >
      {tip.text}
    </div>
  );
}
