import { expect, test } from "vitest";
import { compared, type Entry, type Token } from "./difference";

const entry = (idTag: string, given: Partial<Entry> = {}): Entry => ({ id: idTag, idTag, type: "RFID", status: "Accepted", groupId: "", validUntil: null, ...given });
const token = (idTag: string, given: Partial<Token> = {}): Token => ({ id: idTag, idTag, label: "", status: "ACTIVE", groupId: "", validUntil: null, ...given });
const now = Date.UTC(2030, 0, 1);
const kinds = (entries: Entry[], tokens: Token[]) => compared(entries, tokens, now).map(({ idTag, kind }) => [idTag, kind]);

test("what the station lacks, has too much, and holds differently", () => {
  expect(
    kinds(
      [entry("A"), entry("B"), entry("c"), entry("D", { validUntil: "2030-02-01T00:00:00Z" })],
      [token("A"), token("C", { status: "BLOCKED" }), token("D", { validUntil: "2030-02-01T00:00:00.000Z" }), token("E")],
    ),
  ).toEqual([
    ["A", "same"],
    ["B", "extra"],
    ["c", "changed"],
    ["D", "same"],
    ["E", "missing"],
  ]);
});

test("what may not charge isn't missed", () => {
  expect(kinds([], [token("A", { status: "BLOCKED" }), token("B", { validUntil: "2029-12-31T00:00:00Z" })])).toEqual([]);
});
