import i18next from "i18next";
import { expect, test } from "vitest";
import { hexForm, makers, urlParts } from "./makers";

const zaptec = { least: 40, most: 40 };

test("a password of 40 hexadecimal digits is entered as it is", () => {
  const password = "0123456789abcdef0123456789ABCDEF01234567";
  expect(hexForm(password, zaptec)).toEqual({ text: password, same: true, fits: true });
});

test("any other is written as its bytes, and told when it can't fit", () => {
  expect(hexForm("A".repeat(20), zaptec)).toEqual({ text: "41".repeat(20), same: false, fits: true });
  expect(hexForm("too-short-a-password", zaptec).fits).toBe(true);
  expect(hexForm("sixteen-letters-", zaptec).fits).toBe(false);
  expect(hexForm("sixteen-letters-", { least: 32, most: 40 }).fits).toBe(true);
});

test("URLs in each maker's terms", () => {
  const url = "wss://charge.example/ocpp/demo/DE*BMW*1";
  const shown = (key: string) => makers.find((maker) => maker.key === key)?.url?.(url);
  expect(shown("easee")).toBe("wss://charge.example/ocpp/demo/");
  expect(shown("zappi")).toBe(`${url}/`);
  expect(urlParts(url)).toEqual({ host: "charge.example", port: "443", path: "/ocpp/demo/DE*BMW*1" });
  expect(urlParts("ws://charge.example:8080/ocpp/a").port).toBe("8080");
});

test("every maker's hint has its words", () => {
  for (const { hint } of makers) expect(i18next.exists(hint), hint).toBe(true);
});
