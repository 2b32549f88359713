import i18next from "i18next";
import { afterEach, expect, test } from "vitest";
import { changeLanguage } from "@/i18n";
import { issueTitle } from "./title";

afterEach(() => changeLanguage("en"));

const issue = { kind: "PAYMENT_DISPUTED", title: "A payment of €20.00 is disputed" };

test("English keeps the server's words, which have the amount in them", () => {
  expect(issueTitle(issue)).toBe(issue.title);
});

test.each([
  ["nl", "Een betaling wordt betwist"],
  ["de", "Eine Zahlung wird angefochten"],
  ["hi", "एक भुगतान पर विवाद है"],
] as const)("%s says what kind it is", async (language, words) => {
  await changeLanguage(language);
  expect(i18next.language).toBe(language);
  expect(issueTitle(issue)).toBe(words);
  expect(issueTitle({ kind: "SOMETHING_ELSE", title: "Something else" })).toBe("Something else");
});
