import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSchema, isEnumType } from "graphql";
import { afterEach, beforeAll, expect, test } from "vitest";
import { changeLanguage, moreTranslations } from "@/i18n";
import { issueWords, remarkText } from "./remarks";

beforeAll(() => moreTranslations("remarks"));
afterEach(() => changeLanguage("en"));

const waiting = { code: "WAITING_FOR_PROFILE", text: "Waiting for the station to connect by security profile 3.", details: [{ name: "profile", value: "3" }] };
const other = { code: "OTHER", text: "The maker says no.", details: [{ name: "text", value: "The maker says no." }] };

test("English keeps the server's text", () => {
  expect(remarkText([waiting, other], "Waiting … no.")).toBe("Waiting … no.");
});

test("another language says each sentence by its code, and keeps what has none", async () => {
  await changeLanguage("nl");
  expect(remarkText([waiting, other], "Waiting … no.")).toBe("Wacht tot het station met beveiligingsprofiel 3 verbindt. The maker says no.");
  expect(remarkText([{ ...waiting, code: "OF_A_LATER_SERVER" }], "")).toBe(waiting.text);
  expect(remarkText([], "Said before there were codes.")).toBe("Said before there were codes.");
});

test("what a detail says is never taken for a template", async () => {
  await changeLanguage("de");
  const sneaky = "$t(common.save) {{profile}}";
  expect(remarkText([{ code: "REFUSED_BY_STATION", text: "", details: [{ name: "message", value: sneaky }] }], "")).toBe(`Die Station lehnte ab: ${sneaky}`);
});

const disputed = { kind: "PAYMENT_DISPUTED", meaning: "The driver's bank took it back: fraud", remedy: "Answer.", details: [{ name: "reason", value: "fraud" }] };

test("an issue is told by its kind with what it mentions, and one of an unknown kind in the server's words", async () => {
  expect(issueWords(disputed)).toEqual({ meaning: disputed.meaning, remedy: disputed.remedy });
  await changeLanguage("nl");
  expect(issueWords(disputed).meaning).toBe("De bank van de rijder nam het geld terug, of staat op het punt dat te doen: fraud");
  expect(issueWords({ ...disputed, kind: "OF_A_LATER_SERVER" })).toEqual({ meaning: disputed.meaning, remedy: disputed.remedy });
});

test("a security event has words of its own", async () => {
  await changeLanguage("de");
  const details = [
    { name: "event", value: "that it was tampered with" },
    { name: "info", value: "door" },
    { name: "meaning", value: "Its housing was opened." },
    { name: "name", value: "TamperDetectionActivated" },
    { name: "remedy", value: "Ask who works there." },
  ];
  const { meaning, remedy } = issueWords({ kind: "SECURITY_EVENT", meaning: "", remedy: "", details });
  expect(meaning).toBe("Das Gehäuse wurde geöffnet, oder innen wurde etwas berührt. Sie sagt: “door”");
  expect(remedy).toMatch(/^Fragen Sie/);
});

const source = (...path: string[]) => readFileSync(join(import.meta.dirname, ...path), "utf8");

function valuesOf(name: string): string[] {
  const text = source("../../../graph/remarks.graphqls").split("\n\n").filter((part) => part.startsWith("enum ")).join("\n");
  const type = buildSchema(text, { assumeValid: true }).getType(name);
  if (!isEnumType(type)) throw new Error(`${name} is no enum of the schema`);
  return type.getValues().map((value) => value.name).sort();
}

test.each(["en", "nl", "de", "hi"])("%s has words for every code and kind of the server, and no others", (language) => {
  const words = JSON.parse(source("../i18n/remarks", `${language}.json`)) as { remark: object; issueWords: object };
  expect(Object.keys(words.remark).sort()).toEqual(valuesOf("RemarkCode"));
  expect(Object.keys(words.issueWords).sort()).toEqual(valuesOf("IssueKind"));
});

test.each(["en", "nl", "de", "hi"])("%s has a title for every kind of issue", (language) => {
  const words = JSON.parse(source("../i18n/billing", `${language}.json`)) as { issues: { title: object } };
  expect(Object.keys(words.issues.title).sort()).toEqual(valuesOf("IssueKind"));
});
