import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import de from "./de.json";
import en from "./en.json";
import hi from "./hi.json";
import moreDe from "./more/de.json";
import moreEn from "./more/en.json";
import moreHi from "./more/hi.json";
import moreNl from "./more/nl.json";
import nl from "./nl.json";

type Tree = { [key: string]: string | Tree };

function flatten(tree: Tree, path = ""): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") all.set(path + key, value);
    else for (const [inner, text] of flatten(value, `${path}${key}.`)) all.set(inner, text);
  }
  return all;
}

const both = (core: Tree, more: Tree): [string, string][] => [...flatten(core), ...flatten(more)];
const english = new Map(both(en, moreEn));
const others: Record<string, [string, string][]> = { nl: both(nl, moreNl), de: both(de, moreDe), hi: both(hi, moreHi) };
const variables = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

test.each(Object.entries(others))("%s has every key of English, and no other", (_, texts) => {
  expect(texts.map(([key]) => key).sort()).toEqual([...english.keys()].sort());
});

test.each(Object.entries(others))("%s fills in the same values as English", (_, texts) => {
  for (const [key, text] of texts) expect(variables(text), key).toEqual(variables(english.get(key) ?? ""));
});

test("no text shouts", () => {
  for (const [key, text] of english) expect(text, key).not.toContain("!");
});

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "gql" ? [] : sources(path);
    return /(?<!\.test)\.tsx?$/.test(entry.name) ? [readFileSync(path, "utf8")] : [];
  });
}

test("every English text is used", () => {
  const code = sources(join(import.meta.dirname, "..")).join("\n");
  // Keys put together from a prefix, as in t(`cause.${cause}`), are known by that prefix.
  const prefixes = [...code.matchAll(/`([\w.-]+)\.\$\{/g)].map((match) => `${match[1] ?? ""}.`).concat("settings.");
  const unused = [...english.keys()]
    .map((key) => key.replace(/_(?:one|other)$/, ""))
    .filter((key) => !code.includes(`"${key}"`) && !prefixes.some((prefix) => key.startsWith(prefix)));
  expect(unused).toEqual([]);
});
