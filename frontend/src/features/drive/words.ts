import i18next from "i18next";
import { languages } from "@/i18n";

type Code = (typeof languages)[number]["code"];

// Drivers' words come with their pages, so that staff never load them.
const load: Record<Code, () => Promise<{ default: object }>> = {
  en: () => import("./words/en.json"),
  nl: () => import("./words/nl.json"),
  de: () => import("./words/de.json"),
  hi: () => import("./words/hi.json"),
};
const complete = new Set<Code>();

/** Brings the words of the language that is chosen, and from then on those of every one that is. */
export async function bringWords(): Promise<void> {
  const code = languages.find(({ code: known }) => known === i18next.language)?.code ?? "en";
  if (complete.size === 0) i18next.on("languageChanged", () => void bringWords());
  if (complete.has(code)) return;
  complete.add(code);
  i18next.addResourceBundle(code, "translation", (await load[code]()).default, true);
}
