import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import de from "./words/de.json";
import en from "./words/en.json";
import hi from "./words/hi.json";
import nl from "./words/nl.json";

type Tree = { [key: string]: string | Tree };

function flatten(tree: Tree, path = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) => (typeof value === "string" ? [[path + key, value] as [string, string]] : flatten(value, `${path}${key}.`)));
}

const english = new Map(flatten(en));
const variables = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

test.each(Object.entries({ nl, de, hi }))("%s has every word of English, with the same values to fill in", (_, tree) => {
  const words = flatten(tree);
  expect(words.map(([key]) => key).sort()).toEqual([...english.keys()].sort());
  for (const [key, text] of words) expect(variables(text), key).toEqual(variables(english.get(key) ?? ""));
});

test("every word is used, and none shouts", () => {
  const folder = import.meta.dirname;
  const code = readdirSync(folder)
    .filter((name) => /(?<!\.test)\.tsx?$/.test(name))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
  const prefixes = [...code.matchAll(/`([\w.-]+)\.\$\{/g)].map((match) => `${match[1] ?? ""}.`);
  const unused = [...english.keys()]
    .map((key) => key.replace(/_(?:one|other)$/, ""))
    .filter((key) => !code.includes(`"${key}"`) && !prefixes.some((prefix) => key.startsWith(prefix)));
  expect(unused).toEqual([]);
  for (const [key, text] of english) expect(text, key).not.toContain("!");
});
