import { expect, test } from "vitest";
import { rootOf } from "./roots";

const said = { hashAlgorithm: "SHA256", issuerNameHash: "aa", issuerKeyHash: "bb", serialNumber: "1f", subject: "CN=Root", notAfter: "2040-01-01T00:00:00Z" };

test("a root that was installed from here has its name and its end", () => {
  expect(rootOf({ component: "CSMS_ROOT", data: said })).toEqual({
    use: "CSMS_ROOT",
    subject: "CN=Root",
    notAfter: "2040-01-01T00:00:00Z",
    hash: { hashAlgorithm: "SHA256", issuerNameHash: "aa", issuerKeyHash: "bb", serialNumber: "1f" },
  });
});

test.each([null, "text", {}, { ...said, hashAlgorithm: "MD5" }, { ...said, serialNumber: 3 }])("what can't be named can't be deleted: %j", (data) => {
  expect(rootOf({ component: "SOMETHING", data }).hash).toBeUndefined();
  expect(rootOf({ component: "SOMETHING", data }).use).toBeUndefined();
});
