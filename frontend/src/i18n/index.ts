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

const key = "busbar.language";
const load = {
  nl: () => import("./nl.json"),
  de: () => import("./de.json"),
  hi: () => import("./hi.json"),
};

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
    i18next.addResourceBundle(code, "translation", (await load[code]()).default);
  }
  await i18next.changeLanguage(code);
  document.documentElement.lang = code;
}

export async function changeLanguage(code: Code) {
  try {
    localStorage.setItem(key, code);
  } catch {
    // The choice holds for this page only.
  }
  await bring(code);
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
