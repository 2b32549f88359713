import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
type Tree = { [key: string]: string | Tree };

function flatten(tree: Tree, path = ""): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") all.set(path + key, value);
    else for (const [inner, text] of flatten(value, `${path}${key}.`)) all.set(inner, text);
  }
  return all;
}

const folder = import.meta.dirname;
const areas = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

/** Every text of a language: the first page's, and those of the areas that are opened later. */
function texts(language: string): [string, string][] {
  return ["", ...areas].flatMap((area) => [...flatten(JSON.parse(readFileSync(join(folder, area, `${language}.json`), "utf8")) as Tree)]);
}

const english = new Map(texts("en"));
const others: Record<string, [string, string][]> = { nl: texts("nl"), de: texts("de"), hi: texts("hi") };
const variables = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

test.each(Object.entries(others))("%s has every key of English, and no other", (_, given) => {
  expect(given.map(([key]) => key).sort()).toEqual([...english.keys()].sort());
});

test.each(Object.entries(others))("%s fills in the same values as English", (_, given) => {
  for (const [key, text] of given) expect(variables(text), key).toEqual(variables(english.get(key) ?? ""));
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
  const code = sources(join(folder, "..")).join("\n");
  // Keys put together from a prefix, as in t(`cause.${cause}`), are known by that prefix.
  const prefixes = [...code.matchAll(/`([\w.-]+)\.\$\{/g)].map((match) => `${match[1] ?? ""}.`).concat("settings.");
  const unused = [...english.keys()]
    .map((key) => key.replace(/_(?:one|other)$/, ""))
    .filter((key) => !prefixes.some((prefix) => key.startsWith(prefix)) && !code.includes(`"${key}"`));
  expect(unused).toEqual([]);
});
