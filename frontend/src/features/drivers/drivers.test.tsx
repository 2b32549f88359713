import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { CombinedError } from "@urql/core";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { GraphQLError } from "graphql";
import type { ReactNode } from "react";
import { Provider } from "urql";
import { expect, test, vi } from "vitest";
import { fromValue } from "wonka";
import type { StatementEntryFragment, WalletPartsFragment } from "@/gql/drivers/graphql";
import { Action } from "./action";
import AdjustDialog from "./adjust-dialog";
import { StatementTable } from "./statement-table";

const eur = (amount: string) => ({ amount, currency: "EUR" });
const wallet: WalletPartsFragment = { id: "w1", currency: "EUR", balance: eur("5.00"), held: eur("0.00"), available: eur("5.00"), creditLimit: eur("0.00"), autoTopUp: null };
const nothing = vi.fn();

/** Puts a view where its links lead somewhere. */
function inPortal(view: ReactNode) {
  const root = createRootRoute();
  const tenant = createRoute({ getParentRoute: () => root, path: "/t/$tenant/$", component: () => view });
  const router = createRouter({ routeTree: root.addChildren([tenant]), history: createMemoryHistory({ initialEntries: ["/t/demo/drivers"] }) });
  return render(<RouterProvider router={router as never} />);
}

test("a statement says in words what moved, with its sign and where it came from", async () => {
  const entry: StatementEntryFragment = { transactionId: "1", at: "2030-01-02T10:00:00Z", kind: "HOLD", memo: "", amount: eur("-5.00"), balanceAfter: eur("1.00"), session: { id: "s1" }, payment: null };
  const entries = [entry, { ...entry, transactionId: "2", kind: "TOP_UP", amount: eur("6.00"), session: null, payment: { id: "p1" } }, { ...entry, transactionId: "3", kind: "LATER", memo: "Of a later server", session: null }];
  inPortal(<StatementTable entries={entries} tenant="demo" />);
  await screen.findByText("Set aside for a session");
  expect(screen.getByRole("link", { name: "Session" }).getAttribute("href")).toBe("/t/demo/sessions/s1");
  expect(screen.getByRole("link", { name: "Payment" }).getAttribute("href")).toBe("/t/demo/payments/p1");
  expect(screen.getAllByText("-€5.00")).toHaveLength(2);
  screen.getByText("+€6.00");
  screen.getByText("LATER");
  screen.getByText("Of a later server");
});

test("an adjustment that is sent again keeps its key, and what is wrong stands at its field", async () => {
  const sent: { input: Record<string, unknown> }[] = [];
  const fault = new CombinedError({ graphQLErrors: [new GraphQLError("The wallet holds less.", { extensions: { code: "INVALID", field: "amount.amount" } })] });
  const client = {
    executeMutation: ({ variables }: { variables: { input: Record<string, unknown> } }) => {
      sent.push(variables);
      return fromValue(sent.length === 1 ? { error: fault } : { data: { adjustWallet: { wallet } } });
    },
  };
  const onClose = vi.fn();
  render(
    <Provider value={client as never}>
      <AdjustDialog wallet={wallet} name="Asha" onDone={nothing} onClose={onClose} />
    </Provider>,
  );
  fireEvent.change(screen.getByLabelText("Amount in EUR"), { target: { value: "−7,00" } });
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Take" }).disabled).toBe(true);
  fireEvent.change(screen.getByLabelText("Reason"), { target: { value: "Too much" } });
  screen.getByText("€7.00 leaves the wallet of Asha, as a write-off.");
  fireEvent.click(screen.getByRole("button", { name: "Take" }));
  expect((await screen.findByRole("alert")).textContent).toBe("The wallet holds less.");
  fireEvent.click(screen.getByRole("button", { name: "Take" }));
  await waitFor(() => {
    expect(onClose).toHaveBeenCalled();
  });
  expect(sent[0]).toEqual({ input: { walletId: "w1", amount: eur("-7.00"), reason: "Too much", idempotencyKey: sent[1]?.input.idempotencyKey } });
  expect(sent[0]?.input.idempotencyKey).toBeTruthy();
});

test("what may not be done says why, and does nothing", () => {
  const run = vi.fn();
  render(
    <>
      <Action may={false} onClick={run}>
        Adjust
      </Action>
      <Action may refused="No way to pay." onClick={run}>
        Set
      </Action>
      <Action may onClick={run}>
        Top up
      </Action>
    </>,
  );
  const forbidden = screen.getByRole("button", { name: "Adjust" });
  fireEvent.click(forbidden);
  fireEvent.click(screen.getByRole("button", { name: "Set" }));
  expect(run).not.toHaveBeenCalled();
  expect(forbidden.dataset.tip).toBe("Your role does not include this.");
  expect(screen.getByRole("button", { name: "Set" }).dataset.tip).toBe("No way to pay.");
  fireEvent.click(screen.getByRole("button", { name: "Top up" }));
  expect(run).toHaveBeenCalledOnce();
});
