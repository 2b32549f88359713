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

// The words of what is opened later, such as a station's tabs, don't hold up the first page, and drivers need none of staff's. Each
// area is a folder with a file for each language, and a line in i18next.d.ts.
const areas = import.meta.glob<{ default: object }>("./*/*.json");
const wanted = new Set<string>();
const complete = new Set<string>();

function preferred(): Code {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(key);
  } catch {
    // Without storage the browser's language decides.
  }
  for (const wish of [stored, ...navigator.languages]) {
    const found = languages.find(({ code }) => code === wish?.slice(0, 2));
    if (found != null) return found.code;
  }
  return "en";
}

async function bring(code: Code) {
  if (code !== "en" && !i18next.hasResourceBundle(code, "translation")) {
    i18next.addResourceBundle(code, "translation", (await load[code]()).default, true);
  }
  await complement(code);
  await i18next.changeLanguage(code);
  document.documentElement.lang = code;
}

async function complement(code: Code) {
  await Promise.all(
    [...wanted].map(async (area) => {
      const file = `./${area}/${code}.json`;
      const load = areas[file];
      if (load == null || complete.has(file)) return;
      i18next.addResourceBundle(code, "translation", (await load()).default, true);
      complete.add(file);
    }),
  );
}

export async function changeLanguage(code: Code) {
  try {
    localStorage.setItem(key, code);
  } catch {
    // The choice holds for this page only.
  }
  await bring(code);
}

/** Brings the words of areas that are opened later, and from then on those of every language that is chosen. */
export async function moreTranslations(...named: string[]) {
  for (const area of named) wanted.add(area);
  await complement(languages.find(({ code }) => code === i18next.language)?.code ?? "en");
}

/** Code that needs the words of what is opened later, or of the areas that are named: all are fetched together. */
export function withWords<Module>(fetch: () => Promise<Module>, ...named: string[]): () => Promise<Module> {
  return async () => {
    const [module] = await Promise.all([fetch(), moreTranslations(...(named.length === 0 ? ["more"] : named))]);
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
  complete.clear(); // i18next starts with an empty store
  await bring(preferred());
}
