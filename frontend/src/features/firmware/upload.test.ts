import { expect, test } from "vitest";
import { ownAddress, sumOf } from "./upload";

test("a file is summed up as the server does it", async () => {
  const file = new File(["abc"], "a.bin");
  // The document of the tests reads no files by itself.
  Object.defineProperty(file, "arrayBuffer", { value: () => Promise.resolve(new TextEncoder().encode("abc").buffer) });
  expect(await sumOf(file)).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("an upload goes to the origin of the page", () => {
  expect(ownAddress("https://elsewhere.example/files/token?a=1")).toBe("/files/token?a=1");
});
