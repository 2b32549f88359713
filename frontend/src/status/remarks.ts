import i18next, { type ParseKeys } from "i18next";

type Detail = { name: string; value: string };

/** A sentence of the server: its code, and what goes into it; the text is in English. */
type Remark = { code: string; text: string; details: readonly Detail[] };

function filled(key: string, details: readonly Detail[]): string | undefined {
  const language = i18next.language;
  if (!i18next.exists(key, { lng: language, fallbackLng: [] })) return undefined;
  return i18next.t(key as ParseKeys, { ...Object.fromEntries(details.map(({ name, value }) => [name, value])), defaultValue: "" });
}

/**
 * What the server says, in the viewer's language: sentence by sentence by their codes. English keeps the server's own text, and so does
 * what was said without codes.
 */
export function remarkText(remarks: readonly Remark[], text: string): string {
  if (i18next.language === "en" || remarks.length === 0) return text;
  return remarks.map(({ code, details, text: english }) => filled(`remark.${code}`, details) ?? english).join(" ");
}

type Issue = { kind: string; meaning: string; remedy: string; details: readonly Detail[] };

/** What an issue means and what to do, in the viewer's language; kinds that have no words here keep the server's. */
export function issueWords({ kind, meaning, remedy, details }: Issue): { meaning: string; remedy: string } {
  if (i18next.language === "en") return { meaning, remedy };
  const all = details.concat(kind === "SECURITY_EVENT" ? eventWords(details) : []);
  return { meaning: filled(`issueWords.${kind}.meaning`, all) ?? meaning, remedy: filled(`issueWords.${kind}.remedy`, all) ?? remedy };
}

/** What a station's security event means: its own words take the place of the server's. */
function eventWords(details: readonly Detail[]): Detail[] {
  const of = (wanted: string) => details.find(({ name }) => name === wanted)?.value;
  const event = of("name") ?? of("type") ?? "";
  const meaning = filled(`criticalEvent.${event}.meaning`, []);
  const remedy = filled(`criticalEvent.${event}.remedy`, []);
  if (meaning == null || remedy == null) return [];
  const says = of("info") == null ? undefined : filled("securityEventSays", details);
  return [
    { name: "meaning", value: [meaning, says].filter(Boolean).join(" ") },
    { name: "remedy", value: remedy },
  ];
}
