import i18next from "i18next";
import { expect, test } from "vitest";
import { tagLength, triggersFor } from "./versions";

test.each(["1.6", "2.0.1", "2.1"])("each message that OCPP %s can be asked for has words", (version) => {
  const messages = triggersFor(version);
  expect(new Set(messages).size).toBe(messages.length);
  for (const message of messages) expect(i18next.exists(`trigger.${message}`), message).toBe(true);
});

test("a version is asked for what it has", () => {
  expect(triggersFor("1.6")).not.toContain("TRANSACTION_EVENT");
  expect(triggersFor("2.0.1")).not.toContain("SIGN_V2G20_CERTIFICATE");
  expect(triggersFor("2.1")).toContain("SIGN_V2G20_CERTIFICATE");
  expect(triggersFor().every((message) => ["1.6", "2.0.1", "2.1"].every((version) => triggersFor(version).includes(message)))).toBe(true);
});

test("tokens of OCPP 2.x are longer", () => {
  expect([tagLength("1.6"), tagLength("2.0.1"), tagLength()]).toEqual([20, 36, 20]);
});
