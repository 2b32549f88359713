export type JsonLine = { depth: number; key?: string; text: string; pointer: string };

function escape(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** Pretty-prints JSON line by line, each with the JSON pointer of what stands on it. */
export function jsonLines(value: unknown): JsonLine[] {
  const lines: JsonLine[] = [];
  const put = (item: unknown, depth: number, pointer: string, key: string | undefined, comma: string) => {
    const start = { depth, pointer, ...(key == null ? {} : { key }) };
    if (item == null || typeof item !== "object") {
      lines.push({ ...start, text: JSON.stringify(item ?? null) + comma });
      return;
    }
    const list = Array.isArray(item);
    const entries: [string, unknown][] = list ? item.map((child, index) => [String(index), child]) : Object.entries(item);
    const [open, close] = list ? ["[", "]"] : ["{", "}"];
    if (entries.length === 0) {
      lines.push({ ...start, text: open + close + comma });
      return;
    }
    lines.push({ ...start, text: open });
    entries.forEach(([name, child], index) => {
      put(child, depth + 1, `${pointer}/${escape(name)}`, list ? undefined : name, index === entries.length - 1 ? "" : ",");
    });
    lines.push({ depth, pointer, text: close + comma });
  };
  put(value, 0, "", undefined, "");
  return lines;
}

export type Repair = { pointer: string; what: string };

/** Splits the log's "pointer: what was done"; what has no pointer concerns the whole frame. */
export function parseRepair(text: string): Repair {
  const found = /^(\/\S*): (.*)$/s.exec(text);
  return found?.[1] == null || found[2] == null ? { pointer: "", what: text } : { pointer: found[1], what: found[2] };
}
