import { afterAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { added, ask, onboarded } from "./api";
import { at, browserForFile, expectAccessible, expectClean, signIn } from "./browser";
import { Station } from "./station";

const open = browserForFile();
const stations: Station[] = [];

afterAll(async () => {
  for (const station of stations) await station.close();
});

type Made = { createDriver: { driver: { tokens: { idTag: string }[]; wallet: { id: string } } } };

/** A driver with money in the wallet; gives the virtual token. */
async function driver(page: Page, name: string, networkId: string, amount: string): Promise<string> {
  const { createDriver } = await ask<Made>(page, "mutation($input: CreateDriverInput!) { createDriver(input: $input) { driver { tokens { idTag } wallet { id } } } }", { input: { name, networkId } });
  await ask(page, "mutation($input: AdjustWalletInput!) { adjustWallet(input: $input) { wallet { id } } }", {
    input: { walletId: createDriver.driver.wallet.id, amount: { amount, currency: "EUR" }, reason: "Start", idempotencyKey: `${name} ${String(Date.now())}` },
  });
  return createDriver.driver.tokens[0]?.idTag ?? "";
}

/** A tariff of a network; gives its id. */
async function tariff(page: Page, name: string, networkId: string, fee: number): Promise<string> {
  const elements = [{ price_components: [{ type: "ENERGY", price: 0.5, vat: 19, step_size: 1 }, { type: "FLAT", price: fee, vat: 19, step_size: 1 }] }];
  const { createTariff } = await ask<{ createTariff: { tariff: { id: string } } }>(page, "mutation($input: CreateTariffInput!) { createTariff(input: $input) { tariff { id } } }", {
    input: { name, networkId, elements, taxIncluded: "YES" },
  });
  return createTariff.tariff.id;
}

/** Opens the charge of the station's newest session. */
async function openCharge(page: Page, stationId: string, state: string) {
  await page.goto(at(`stations/${stationId}?tab=sessions`));
  await page.locator("tbody tr[data-index] a").first().click();
  await page.getByRole("link", { name: "Open the charge" }).click();
  await page.getByText(state, { exact: true }).first().waitFor();
}

test("a session costs, is paid, given back, billed anew, written off and approved", { timeout: 180_000 }, async () => {
  const page = await open();
  await signIn(page);
  const { viewer } = await ask<{ viewer: { networks: { id: string }[] } }>(page, "{ viewer { networks { id } } }");
  const network = viewer.networks[0]?.id ?? "";
  const { id, url, password } = await added(page, `E2E-COST-${String(Date.now())}`);
  const usual = await tariff(page, "Two euros and energy", network, 2);
  await tariff(page, "One euro and energy", network, 1);
  await ask(page, "mutation($input: AssignTariffInput!) { assignTariff(input: $input) { assignment { id } } }", { input: { tariffId: usual, stationId: id } });
  const rich = await driver(page, "Rita Rich", network, "50.00");
  const poor = await driver(page, "Paul Poor", network, "0.50");
  const station = await Station.connect(url, password);
  stations.push(station);
  await station.boot();
  await onboarded(page, { id });

  // The cost stands on the connector while it grows, and line by line on the session's page.
  await page.goto(at(`stations/${id}`));
  await station.plugIn();
  await station.begin(rich);
  const tile = page.getByRole("list", { name: "Connectors" }).getByRole("listitem").first();
  await tile.getByText("Cost so far").waitFor();
  await tile.getByText("€2.00").waitFor();
  await tile.getByRole("link").first().click();
  const costs = page.getByRole("table", { name: "What it costs" });
  await costs.getByRole("cell", { name: "€2.00 per session" }).last().waitFor();
  await station.charge(10, 7000);
  await costs.getByRole("cell", { name: "0.01 kWh", exact: true }).waitFor();
  await expectAccessible(page);
  await station.unplug();
  await page.getByRole("link", { name: "Open the charge" }).click();

  // Paid. What can't be done says why.
  await page.getByText("The wallet paid it.").waitFor();
  await page.getByRole("table", { name: "Why it costs this" }).getByText("Element 1").first().waitFor();
  expect(await page.getByRole("button", { name: "Write off" }).isDisabled()).toBe(true);
  await page.getByText("Nothing of it is open: give money back by a refund instead.").waitFor();
  await expectAccessible(page);

  // A part is given back; too much is refused at its field.
  await page.getByRole("button", { name: "Refund" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Amount in EUR").fill("99.00");
  await dialog.getByLabel("Reason").fill("The cable was stuck");
  await dialog.getByRole("button", { name: "Refund" }).click();
  await dialog.getByRole("alert").getByText(/At most/).waitFor();
  await dialog.getByLabel("Amount in EUR").fill("0.50");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Refund" }).click();
  await page.getByText("Refund: The cable was stuck").waitFor();

  // Billed anew: first nothing would change, by the other tariff a euro less.
  await page.getByRole("button", { name: "Bill anew" }).click();
  await dialog.getByText("The bill stays the same.").waitFor();
  expect(await dialog.getByRole("button", { name: "Apply" }).isDisabled()).toBe(true);
  await dialog.getByLabel("By tariff").selectOption({ label: "One euro and energy, Version 1" });
  await dialog.getByText("-€1.00").first().waitFor();
  await dialog.getByLabel("Reason").fill("The wrong tariff was assigned");
  await dialog.getByRole("button", { name: "Apply the difference of -€1.00" }).click();
  await page.getByText("Billed anew", { exact: true }).waitFor();
  await page.getByText("€0.50", { exact: true }).first().waitFor();

  // A wallet that doesn't cover it: the try says so, and it is given up with a reason.
  await station.begin(poor);
  await station.unplug();
  await openCharge(page, id, "Not covered");
  await page.getByRole("button", { name: "Try to collect now" }).click();
  await dialog.getByRole("button", { name: "Try to collect now" }).click();
  await page.getByText("The wallet still doesn't cover it.").waitFor();
  await page.getByRole("button", { name: "Write off" }).click();
  await dialog.getByRole("button", { name: "Write off" }).click();
  await dialog.getByText("Say why.").waitFor();
  await dialog.getByLabel("Reason").fill("Moved away");
  await dialog.getByRole("button", { name: "Write off" }).click();
  await page.getByText("Written off", { exact: true }).first().waitFor();

  // A meter that jumps is never billed blindly: an issue leads to the charge, where somebody says what was taken.
  await station.begin(rich);
  await station.charge(900_000, 7000);
  await station.unplug();
  await page.goto(at(`stations/${id}`));
  const issues = page.getByRole("region", { name: "Open issues" });
  await issues.getByRole("button", { name: /^Show: .*needs a look/ }).click();
  await dialog.getByText("What to do").waitFor();
  await expectAccessible(page);
  await dialog.getByRole("link", { name: "Charge" }).click();
  await page.getByText("Why it may not be charged before somebody has looked").waitFor();
  await page.getByRole("button", { name: "Approve" }).click();
  await dialog.getByLabel(/^Energy really taken/).fill("0.01");
  await dialog.getByLabel("Reason").fill("Read at the meter");
  await dialog.getByRole("button", { name: "Approve" }).click();
  await page.getByText("The wallet paid it.").waitFor();

  // All of them in the list, by who and by state.
  await page.getByRole("link", { name: "Charges" }).click();
  await page.getByRole("searchbox").fill("Paul");
  await page.getByRole("cell", { name: "Rita Rich" }).first().waitFor({ state: "detached" });
  await page.getByRole("cell", { name: "Paul Poor" }).first().waitFor();
  await expectAccessible(page);
  expectClean(page);
});

test("issues are taken in hand, put off and resolved", { timeout: 90_000 }, async () => {
  const page = await open();
  await signIn(page);
  const { id, url, password } = await added(page, `E2E-ISSUE-${String(Date.now())}`);
  const station = await Station.connect(url, password);
  stations.push(station);
  await station.boot();
  await onboarded(page, { id });
  await page.goto(at("issues"));
  await page.getByRole("heading", { level: 1, name: "Issues" }).waitFor();

  // No tariff counts there: the issue appears by itself.
  const { tariffs } = await ask<{ tariffs: { edges: { node: { assignments: { level: string }[] } }[] } }>(page, "{ tariffs(first: 100) { edges { node { assignments { level } } } } }");
  const everywhere = tariffs.edges.some(({ node }) => node.assignments.some(({ level }) => level === "TENANT" || level === "NETWORK"));
  if (everywhere) await ask(page, "mutation { unassignTariff(input: {}) { assignment { id } } }").catch(() => undefined);
  await station.begin("DEMO-TAG-02");
  const title = page.getByRole("button", { name: /^Cost setting not configured at E2E-ISSUE/ });
  await title.first().click();
  const panel = page.getByRole("dialog");
  await panel.getByText(/^Assign a tariff/).waitFor();
  await panel.getByLabel("Note").fill("Calling the installer");
  await expectAccessible(page);
  await panel.getByRole("button", { name: "I'm on it" }).click();
  await page.getByText("In hand").first().waitFor();
  await title.first().click();
  await panel.getByText("Calling the installer").waitFor();
  await panel.getByRole("button", { name: "Snooze" }).click();
  await title.first().waitFor({ state: "detached" });
  await station.unplug();
  expectClean(page);
});
