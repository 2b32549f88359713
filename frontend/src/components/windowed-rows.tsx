import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useState, type ReactNode, type RefObject } from "react";

const rowHeight = 45;

type Props = { count: number; columns: number; body: RefObject<HTMLElement | null>; row: (index: number) => ReactNode };

/** The rows in view, between two rows as high as all the others. */
export default function WindowedRows({ count, columns, body, row }: Props) {
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => {
    const measure = () => {
      if (body.current != null) setMargin(body.current.getBoundingClientRect().top + window.scrollY);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => {
      observer.disconnect();
    };
  }, [body]);
  const virtualizer = useWindowVirtualizer({ count, estimateSize: () => rowHeight, overscan: 12, scrollMargin: margin });
  const items = virtualizer.getVirtualItems();
  const before = Math.max(0, (items[0]?.start ?? margin) - margin);
  const after = Math.max(0, virtualizer.getTotalSize() + margin - (items.at(-1)?.end ?? margin));
  const filler = (height: number) =>
    height > 0 && (
      <tr aria-hidden style={{ height }}>
        <td colSpan={columns} />
      </tr>
    );
  return (
    <>
      {filler(before)}
      {items.map(({ index }) => row(index))}
      {filler(after)}
    </>
  );
}
