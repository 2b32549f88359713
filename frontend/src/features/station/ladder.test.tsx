import { render, screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { Ladder } from "./ladder";

const step = (key: "REACHED" | "IDENTITY" | "CREDENTIAL" | "BOOT", state: "PASSED" | "FAILED" | "WAITING", fix: string | null = null) => ({
  key,
  state,
  at: state === "WAITING" ? null : "2026-01-02T03:04:05Z",
  evidence: state === "WAITING" ? null : `evidence of ${key}`,
  fix,
});

test("shows what passed, what failed with its fix, and what waits", () => {
  render(<Ladder steps={[step("REACHED", "PASSED", "old fix"), step("CREDENTIAL", "FAILED", "Enter the password again."), step("BOOT", "WAITING", "later fix")]} />);
  const [passed, failed, waiting] = screen.getAllByRole("listitem");
  if (passed == null || failed == null || waiting == null) throw new Error("steps are missing");
  expect(within(passed).getByText("Passed")).toBeTruthy();
  expect(within(passed).getByText("evidence of REACHED")).toBeTruthy();
  expect(within(passed).queryByText("old fix")).toBeNull();
  expect(failed.getAttribute("aria-current")).toBe("step");
  expect(within(failed).getByText("Enter the password again.")).toBeTruthy();
  expect(within(failed).getByRole("button", { name: "Copy the fix" })).toBeTruthy();
  expect(within(waiting).getByText("Waiting")).toBeTruthy();
  expect(within(waiting).queryByText("later fix")).toBeNull();
});

test("the step that is waited for says what to do", () => {
  render(<Ladder steps={[step("REACHED", "WAITING", "Enter the URL."), step("IDENTITY", "WAITING")]} />);
  expect(screen.getByText("Enter the URL.")).toBeTruthy();
});
