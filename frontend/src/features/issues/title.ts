import i18next, { type ParseKeys } from "i18next";

type Issue = { kind: string; title: string };

/**
 * What an issue is called in the viewer's language. The server says it in English, with amounts and names in it; other languages say what
 * kind it is, and leave the rest to the page. Kinds that have no words here keep the server's.
 */
export function issueTitle({ kind, title }: Issue): string {
  const key = `issues.title.${kind}`;
  const language = i18next.language;
  if (language === "en" || !i18next.exists(key, { lng: language, fallbackLng: [] })) return title;
  return i18next.t(key as ParseKeys, { defaultValue: title });
}
