import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import type { Problem } from "@/app/errors";
import { ListStates } from "./list";

const problem = (code: Problem["code"], message = ""): Problem => ({ code, message, field: undefined });
const nothing = vi.fn();

function list(props: Partial<Parameters<typeof ListStates>[0]>) {
  return (
    <ListStates loading={false} problem={undefined} onRetry={nothing} count={undefined} empty={<p>nobody here</p>} {...props}>
      <p>the list</p>
    </ListStates>
  );
}

test("loading shows that it loads", () => {
  render(list({ loading: true }));
  expect(screen.getByRole("status", { name: "Loading" })).toBeTruthy();
});

test("empty, and there", () => {
  const { rerender } = render(list({ count: 0 }));
  expect(screen.getByText("nobody here")).toBeTruthy();
  rerender(list({ count: 2 }));
  expect(screen.getByText("the list")).toBeTruthy();
});

test("no permission is said as such", () => {
  render(list({ problem: problem("FORBIDDEN", "internal words") }));
  expect(screen.getByText("No permission")).toBeTruthy();
});

test("an error says what happened and offers another try", () => {
  const onRetry = vi.fn();
  render(list({ problem: problem("UNAVAILABLE", "The database is restarting."), onRetry }));
  expect(screen.getByRole("alert").textContent).toContain("The database is restarting.");
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(onRetry).toHaveBeenCalledOnce();
});

test("what is there stays while a refetch fails", () => {
  render(list({ count: 2, problem: problem("NETWORK") }));
  expect(screen.getByText("the list")).toBeTruthy();
});
