import { render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { Provider } from "urql";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { HereContext } from "./driver";
import { codeOf } from "./scan-code";
import Scanner from "./scanner";
import { bringWords } from "./words";

beforeAll(bringWords);

afterEach(() => {
  vi.unstubAllGlobals();
});

vi.mock("@tanstack/react-router", () => ({ useNavigate: () => vi.fn() }));

const here = { tenant: "demo", network: "main" };

test.each([
  ["CP-12", "CP-12"],
  ["  CP-12/2/1 ", "CP-12/2/1"],
  ["https://charge.example/c/CP-12/2", "CP-12/2"],
  ["https://charge.example/drive/demo/main/c/CP-12", "CP-12"],
  ["HTTPS://CHARGE.EXAMPLE/c/CP%2D12/", "CP-12"],
  ["https://qr.example/CP-12", "CP-12"],
])("%s names a station", (text, code) => {
  expect(codeOf(text, here)).toEqual({ code });
});

test.each(["", "WIFI:S:guest;T:WPA;P:secret word;;", "https://", "https://shop.example/a/b/c", "https://charge.example/c/CP-12/0", "mailto:me@demo.example/x", "CP-12/1/1/1", "https://x/%E0%A4%A"])("%s is none of our codes", (text) => {
  expect(codeOf(text, here)).toEqual({ wrong: "unknown" });
});

test("a page of another network is somebody else's station", () => {
  for (const path of ["other/main", "demo/other"]) expect(codeOf(`https://charge.example/drive/${path}/c/CP-12`, here)).toEqual({ wrong: "foreign" });
});

function scanner(): ReactNode {
  return (
    <Provider value={{} as never}>
      <HereContext value={here}>
        <Scanner onClose={vi.fn()} />
      </HereContext>
    </Provider>
  );
}

function cameraThat(error: string | undefined) {
  vi.stubGlobal("navigator", Object.create(navigator, { mediaDevices: { value: error == null ? undefined : { getUserMedia: () => Promise.reject(new DOMException("no", error)) } } }) as Navigator);
}

test.each([
  ["NotAllowedError", /doesn't let this page use the camera/],
  ["NotFoundError", /No camera was found here/],
  ["NotReadableError", /another app may be using it/],
])("%s is said in words, and typing stays", async (error, words) => {
  cameraThat(error);
  render(scanner());
  expect(await screen.findByText(words)).toBeTruthy();
  expect(screen.getByRole("button", { name: "Type the code instead" })).toBeTruthy();
});

test("without HTTPS there is no camera, and the page says why", async () => {
  cameraThat(undefined);
  vi.stubGlobal("isSecureContext", false);
  render(scanner());
  expect(await screen.findByText(/over HTTPS only/)).toBeTruthy();
});
