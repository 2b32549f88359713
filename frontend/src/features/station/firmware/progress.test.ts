import i18next from "i18next";
import { expect, test } from "vitest";
import { updateStates, uploadStates } from "@/status/progress";
import { fileOf, stepsOf, timeline } from "./progress";

const record = { createdAt: "2030-01-01T10:00:00Z", updatedAt: "2030-01-01T10:05:00Z" };

test("the timeline goes from the request to what the station said last", () => {
  const history = [{ status: "Downloading", at: "2030-01-01T10:01:00Z" }, { status: "Installed", at: "2030-01-01T10:05:00Z" }];
  expect(timeline({ ...record, status: "Installed", history }).map(({ status }) => status)).toEqual(["Requested", "Downloading", "Installed"]);
  expect(timeline({ ...record, status: "Requested", history: null })).toEqual([{ status: "Requested", at: record.createdAt }]);
});

test("an end that the station did not say itself is the last step", () => {
  expect(timeline({ ...record, status: "Rejected", history: [] }).at(-1)).toEqual({ status: "Rejected", at: record.updatedAt });
});

test("a word that came late is in the history, and takes nothing back", () => {
  const history = [{ status: "Installed", at: "2030-01-01T10:01:00Z" }, { status: "Downloading", at: "2030-01-01T10:02:00Z" }];
  expect(timeline({ ...record, status: "Installed", history })).toHaveLength(3);
});

test("what can't be read as history is none", () => {
  expect(stepsOf("text")).toEqual([]);
  expect(stepsOf([null, { status: 1 }])).toEqual([]);
});

test("a file is called by the end of its address", () => {
  expect(fileOf("https://files.example/fw/station%201.2.bin?key=secret")).toBe("station 1.2.bin");
  expect(fileOf("ftp://host/")).toBe("host");
  expect(fileOf("https://host/%E0%A4%A")).toBe("%E0%A4%A");
});

test.each([...Object.values(updateStates), ...Object.values(uploadStates)].map((state) => [state.word, state.sentence] as const))("%s says what it means", (word, sentence) => {
  expect(i18next.exists(word)).toBe(true);
  expect(i18next.exists(sentence)).toBe(true);
});
