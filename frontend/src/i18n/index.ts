import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";

/** Languages by their own names; English is complete and stands in where another lacks a word. */
export const languages = [
  { code: "en", name: "English" },
  { code: "nl", name: "Nederlands" },
  { code: "de", name: "Deutsch" },
  { code: "hi", name: "हिन्दी" },
] as const;

type Code = (typeof languages)[number]["code"];
type Bundle = () => Promise<{ default: object }>;

const key = "busbar.language";
const load: Record<Exclude<Code, "en">, Bundle> = {
  nl: () => import("./nl.json"),
  de: () => import("./de.json"),
  hi: () => import("./hi.json"),
};

// The words of what is opened later, such as a station's tabs, don't hold up the first page.
const loadMore: Record<Code, Bundle> = {
  en: () => import("./more/en.json"),
  nl: () => import("./more/nl.json"),
  de: () => import("./more/de.json"),
  hi: () => import("./more/hi.json"),
};
let more = false;
const complete = new Set<Code>();

function preferred(): Code {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(key);
  } catch {
    // Without storage the browser's language decides.
  }
  for (const wanted of [stored, ...navigator.languages]) {
    const found = languages.find(({ code }) => code === wanted?.slice(0, 2));
    if (found != null) return found.code;
  }
  return "en";
}

async function bring(code: Code) {
  if (code !== "en" && !i18next.hasResourceBundle(code, "translation")) {
    i18next.addResourceBundle(code, "translation", (await load[code]()).default, true);
  }
  if (more) await complement(code);
  await i18next.changeLanguage(code);
  document.documentElement.lang = code;
}

async function complement(code: Code) {
  if (complete.has(code)) return;
  i18next.addResourceBundle(code, "translation", (await loadMore[code]()).default, true);
  complete.add(code);
}

export async function changeLanguage(code: Code) {
  try {
    localStorage.setItem(key, code);
  } catch {
    // The choice holds for this page only.
  }
  await bring(code);
}

/** Brings the words of what is opened later, and from then on those of every language that is chosen. */
export async function moreTranslations() {
  more = true;
  await complement(languages.find(({ code }) => code === i18next.language)?.code ?? "en");
}

/** Code that needs the words of what is opened later: both are fetched together. */
export function withWords<Module>(fetch: () => Promise<Module>): () => Promise<Module> {
  return async () => {
    const [module] = await Promise.all([fetch(), moreTranslations()]);
    return module;
  };
}

export async function startTranslations() {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await bring(preferred());
}
