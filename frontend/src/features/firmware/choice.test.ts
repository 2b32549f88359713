import { expect, test } from "vitest";
import { chosenInput, isChosen, isFor, isLocation, nothingChosen } from "./choice";

test("firmware is for a vendor, and for its models where it names some", () => {
  const make = { vendor: "Voltmaker", model: "AC 22" };
  expect(isFor({ vendor: "voltmaker ", models: [] }, make)).toBe(true);
  expect(isFor({ vendor: "Voltmaker", models: ["DC 50", "ac 22"] }, make)).toBe(true);
  expect(isFor({ vendor: "Voltmaker", models: ["DC 50"] }, make)).toBe(false);
  expect(isFor({ vendor: "Another", models: null }, make)).toBe(false);
});

test("a station is told of firmware that is kept here, or of a URL it can reach", () => {
  expect(isChosen(nothingChosen)).toBe(false);
  expect(["http://host/a.bin", "sftp://host/a.bin", " FTP://host/a "].every(isLocation)).toBe(true);
  expect(["a.bin", "file:///a.bin", "https://", "https://host/a b"].some(isLocation)).toBe(false);
  expect(chosenInput({ ...nothingChosen, location: " https://host/a.bin " })).toEqual({ location: "https://host/a.bin" });
  expect(chosenInput({ ...nothingChosen, firmwareId: "f" })).toEqual({ firmwareId: "f" });
  expect(chosenInput({ firmwareId: "f", location: "https://host/a.bin", force: true })).toEqual({ firmwareId: "f", force: true });
});
