import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import i18next from "i18next";
import { CombinedError } from "@urql/core";
import { GraphQLError } from "graphql";
import type { ReactNode } from "react";
import { Provider } from "urql";
import { fromValue } from "wonka";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { HereContext } from "./driver";
import { freshKey } from "./key";
import { StationList } from "./station-list";
import { PlaceView } from "./place-view";
import { priceLines, type ShownPrice, type Spot } from "./price";
import { SessionView } from "./session-view";
import { SignInView } from "./sign-in-view";
import { TopUp } from "./top-up";
import { WalletView } from "./wallet-view";
import { bringWords } from "./words";

beforeAll(bringWords);

afterEach(() => {
  vi.unstubAllGlobals();
});

const eur = (amount: string) => ({ amount, currency: "EUR" });
const nothing = vi.fn();

const price: ShownPrice = {
  free: false,
  currency: "EUR",
  taxIncluded: "NO",
  idleGraceS: 900,
  text: "Green energy",
  components: [
    { dimension: "ENERGY", price: "0.50", taxPercent: "20", restriction: "" },
    { dimension: "PARKING_TIME", price: "3.00", taxPercent: null, restriction: "08:00 to 20:00" },
  ],
  estimate: eur("12.00"),
};

function spot(change: Partial<Spot>): Spot {
  return { id: "c1", evseNo: 1, connectorNo: 1, type: "IEC_62196_T2", maxPowerW: 22000, status: "AVAILABLE", startable: true, price, ...change };
}

const station = { identity: "CP-12", name: "CP-12", place: "Harbour", address: "Quay 1", city: "Delft", online: true };

/** Puts a view where its links lead somewhere. */
function inDrive(view: ReactNode) {
  const root = createRootRoute();
  const drive = createRoute({
    getParentRoute: () => root,
    path: "/drive/$tenant/$network/$",
    component: () => <HereContext value={{ tenant: "demo", network: "main" }}>{view}</HereContext>,
  });
  const router = createRouter({ routeTree: root.addChildren([drive]), history: createMemoryHistory({ initialEntries: ["/drive/demo/main"] }) });
  return render(<RouterProvider router={router as never} />);
}

test("a price is said line by line, with its taxes and when it counts", () => {
  expect(priceLines(i18next.t, "en", price)).toEqual([
    "€0.50 + 20 % tax per kWh",
    "€3.00 per hour of standing without charging, 08:00 to 20:00",
    "Standing without charging is free for the first 15 minutes.",
  ]);
  expect(priceLines(i18next.t, "en", { ...price, free: true })).toEqual(["Charging is free here."]);
  expect(priceLines(i18next.t, "en", { ...price, taxIncluded: "YES", idleGraceS: 0, components: price.components.slice(0, 1) })).toEqual(["€0.50 per kWh", "Taxes are included."]);
});

test("the price stands before the start, and a connector has to be chosen where there are several", () => {
  render(<PlaceView place={{ ...station, connectors: [spot({}), spot({ id: "c2", evseNo: 2, status: "CHARGING", startable: false })] }} start={({ id }) => <button>start {id}</button>} />);
  expect(screen.queryByText("start c1")).toBeNull();
  fireEvent.click(screen.getByRole("radio", { name: /Connector 1/ }));
  expect(screen.getByText("€0.50 + 20 % tax per kWh")).toBeTruthy();
  expect(screen.getByText(/20 kWh cost about €12.00/)).toBeTruthy();
  expect(screen.getByText("start c1")).toBeTruthy();
  fireEvent.click(screen.getByRole("radio", { name: /Connector 2/ }));
  expect(screen.queryByText(/^start/)).toBeNull();
  expect(screen.getByText("This connector can't be started now.")).toBeTruthy();
});

test("a station that isn't connected says so, and nothing starts", () => {
  render(<PlaceView place={{ ...station, online: false, connectors: [spot({ startable: false })] }} start={() => <button>start</button>} />);
  expect(screen.getByText("Offline")).toBeTruthy();
  expect(screen.queryByText("start")).toBeNull();
});

test("the only connector is chosen, and without a price nothing starts", () => {
  render(<PlaceView place={{ ...station, connectors: [spot({ price: null })] }} start={() => <button>start</button>} />);
  expect(screen.getByText("No price is set here, so nothing can be started.")).toBeTruthy();
  expect(screen.queryByText("start")).toBeNull();
});

const session = {
  id: "s1",
  identity: "CP-12",
  place: "Harbour",
  city: "Delft",
  evseNo: 1,
  connectorNo: 1,
  startedAt: "2026-01-02T10:00:00Z",
  stoppedAt: null,
  energyWh: 8500,
  powerW: 11000,
  soc: null,
  status: "RUNNING",
  running: true,
  billing: null,
  cost: eur("4.25"),
  bill: null,
  givenBack: null,
  corrections: [],
  receipts: [],
};

test("a running session shows power, energy and cost, and can be stopped", () => {
  const stop = vi.fn();
  render(<SessionView session={session} stopping={false} refusal={undefined} onStop={stop} />);
  for (const text of ["€4.25", "8.5 kWh", "11 kW"]) expect(screen.getByText(text)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Stop charging" }));
  expect(stop).toHaveBeenCalledOnce();
});

test("a refused stop is announced", () => {
  render(<SessionView session={session} stopping={false} refusal="The station refused to stop." onStop={nothing} />);
  expect(screen.getByRole("alert").textContent).toContain("refused to stop");
});

test("an ended session shows why it costs what it costs", () => {
  const bill = {
    total: eur("5.10"),
    lines: [
      { kind: "CHARGE" as const, dimension: "ENERGY" as const, restriction: "", quantity: 8500, unit: "Wh", unitPrice: 0.5, total: eur("4.25") },
      { kind: "MIN_PRICE" as const, dimension: null, restriction: "", quantity: 0, unit: "", unitPrice: 0, total: eur("0.85") },
    ],
  };
  render(
    <SessionView
      session={{ ...session, running: false, status: "COMPLETED", stoppedAt: "2026-01-02T11:00:00Z", billing: "PAID", bill, receipts: [{ id: "r", kind: "RECEIPT", number: "2026-000001", at: "2026-01-02T11:00:00Z", sessionId: "s1", total: eur("5.10") }] }}
      stopping={false}
      refusal={undefined}
      onStop={nothing}
    />,
  );
  expect(screen.queryByRole("button", { name: "Stop charging" })).toBeNull();
  for (const text of ["Minimum price", "€0.85", "€5.10", "Receipt 2026-000001", "The session has ended. Paid from your wallet."]) expect(screen.getByText(text)).toBeTruthy();
});

test("what was given back stands below the bill, with the reason", () => {
  const corrections = [
    { id: "1", kind: "REFUND", at: "2026-01-03T10:00:00Z", reason: "The cable was loose", givenBack: eur("2.00") },
    { id: "2", kind: "LATE_VALUES", at: "2026-01-04T10:00:00Z", reason: "Late values", givenBack: eur("-0.40") },
  ];
  render(<SessionView session={{ ...session, running: false, status: "COMPLETED", billing: "PAID", givenBack: eur("1.60"), corrections }} stopping={false} refusal={undefined} onStop={nothing} />);
  for (const text of [/The cable was loose/, "€2.00", "Taken from your wallet in addition", "€0.40", "€1.60"]) expect(screen.getByText(text)).toBeTruthy();
  expect(screen.getAllByText("Given back to your wallet")).toHaveLength(2);
});

test("stations show how many connectors are free, what they cost and how far they are", async () => {
  const stations = [{ ...station, latitude: 52, longitude: 4.3, connectors: [spot({}), spot({ id: "c2", startable: false })] }];
  inDrive(<StationList stations={stations} prices={new Map([["CP-12", "€0.50 per kWh"]])} near={{ latitude: 52.01, longitude: 4.3 }} />);
  expect(await screen.findByText("1 free")).toBeTruthy();
  expect(screen.getByText("€0.50 per kWh")).toBeTruthy();
  expect(screen.getByText(/^1.1 km · CP-12/)).toBeTruthy();
  expect(screen.getByRole("link", { name: /^Harbour/ }).getAttribute("href")).toContain("/drive/demo/main/c/CP-12");
  expect(screen.getByRole("link", { name: "Route: Harbour" }).getAttribute("href")).toBe("geo:52,4.3");
});

test("the wallet shows what may be spent, and a payment that waits can be made", async () => {
  inDrive(
    <WalletView
      my={{
        wallet: { id: "w", balance: eur("-2.00"), held: eur("5.00"), available: eur("8.00"), creditLimit: eur("10.00") },
        payments: [{ id: "p", status: "PENDING", at: "2026-01-02T11:00:00Z", amount: eur("20.00"), checkoutURL: "https://pay.example/1", failure: "" }],
        receipts: [],
      }}
    />,
  );
  for (const text of ["-€2.00", "€8.00", "€5.00", "€10.00", "Waiting for payment", "No receipts yet."]) expect(await screen.findByText(text)).toBeTruthy();
  expect(screen.getByRole("link", { name: "Pay now" }).getAttribute("href")).toBe("https://pay.example/1");
});

test("signing in takes an address, then the code of the mail", async () => {
  const asked: { path: string; body: Record<string, string> }[] = [];
  vi.stubGlobal("fetch", (path: string, { body }: { body: string }) => {
    asked.push({ path, body: JSON.parse(body) as Record<string, string> });
    return Promise.resolve(new Response(null, { status: 204 }));
  });
  const entered = vi.fn();
  render(<SignInView tenant="demo" network="main" onEntered={entered} />);
  fireEvent.click(screen.getByRole("button", { name: "Mail me a code" }));
  expect(await screen.findByText("Enter an e-mail address.")).toBeTruthy();
  expect(asked).toHaveLength(0);
  fireEvent.change(screen.getByLabelText("E-mail address"), { target: { value: " me@demo.example " } });
  fireEvent.click(screen.getByRole("button", { name: "Mail me a code" }));
  fireEvent.change(await screen.findByLabelText("Code"), { target: { value: "123 456" } });
  fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await waitFor(() => {
    expect(entered).toHaveBeenCalledOnce();
  });
  expect(asked.map(({ path }) => path)).toEqual(["/auth/driver/code", "/auth/driver/verify"]);
  expect(asked[1]?.body).toMatchObject({ tenant: "demo", network: "main", email: "me@demo.example", code: "123456" });
});

test("a wrong code is said in the server's words", async () => {
  vi.stubGlobal("fetch", (path: string) =>
    Promise.resolve(path.endsWith("code") ? new Response(null, { status: 204 }) : new Response(JSON.stringify({ error: { message: "This code is wrong." } }), { status: 401 })),
  );
  render(<SignInView tenant="demo" network="main" onEntered={nothing} />);
  fireEvent.change(screen.getByLabelText("E-mail address"), { target: { value: "me@demo.example" } });
  fireEvent.click(screen.getByRole("button", { name: "Mail me a code" }));
  fireEvent.change(await screen.findByLabelText("Code"), { target: { value: "000000" } });
  fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
  expect((await screen.findByRole("alert")).textContent).toContain("This code is wrong.");
});

test("a top-up takes an amount as people write it, and goes to the provider's page", async () => {
  const sent: unknown[] = [];
  const client = {
    executeMutation: (request: { variables: unknown }) => {
      sent.push(request.variables);
      const problem = sent.length === 1 ? new CombinedError({ graphQLErrors: [new GraphQLError("Say which one.", { extensions: { code: "INVALID", field: "provider" } })] }) : undefined;
      return fromValue(problem == null ? { data: { startMyTopUp: { checkoutURL: "https://pay.example/1", message: null, payment: { id: "p", status: "PENDING" } } } } : { error: problem });
    },
  };
  const leave = vi.fn();
  render(
    <Provider value={client as never}>
      <TopUp currency="EUR" onStarted={nothing} leave={leave} />
    </Provider>,
  );
  fireEvent.change(screen.getByLabelText("Amount in EUR"), { target: { value: "a lot" } });
  fireEvent.click(screen.getByRole("button", { name: "Continue to payment" }));
  expect(screen.getByRole("alert").textContent).toContain("Enter an amount");
  expect(sent).toHaveLength(0);
  fireEvent.change(screen.getByLabelText("Amount in EUR"), { target: { value: "12,50" } });
  fireEvent.click(screen.getByRole("button", { name: "Continue to payment" }));
  fireEvent.change(await screen.findByLabelText("Pay with"), { target: { value: "RAZORPAY" } });
  fireEvent.click(screen.getByRole("button", { name: "Continue to payment" }));
  await waitFor(() => {
    expect(leave).toHaveBeenCalledExactlyOnceWith("https://pay.example/1");
  });
  expect(sent[1]).toEqual({ input: { amount: { amount: "12.50", currency: "EUR" }, provider: "RAZORPAY" } });
});

test("every key is another", () => {
  expect(new Set(Array.from({ length: 50 }, freshKey)).size).toBe(50);
  expect(freshKey()).toMatch(/^[0-9a-f]{32}$/);
});
