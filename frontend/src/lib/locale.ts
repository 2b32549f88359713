import { useTranslation } from "react-i18next";

/** How to write numbers and times: as the browser's region does, where its language is the one chosen here. */
export function localeFor(language: string, wanted: readonly string[] = navigator.languages): string {
  return wanted.find((locale) => locale.toLowerCase().split("-")[0] === language) ?? language;
}

export function useLocale(): string {
  const { i18n } = useTranslation();
  return localeFor(i18n.language);
}
