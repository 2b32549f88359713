import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { at, browserForFile, expectAccessible, expectClean, owner, signIn } from "./browser";

const open = browserForFile();

/** Asks the interface as whoever is signed in on the page. */
async function ask<Data>(page: Page, query: string, variables: object = {}): Promise<Data> {
  const answer = await page.evaluate(
    async ([body, tenant]) => {
      const response = await fetch("/graphql", { method: "POST", headers: { "content-type": "application/json", "X-Busbar-Tenant": tenant ?? "" }, body: body ?? "" });
      return (await response.json()) as { data?: unknown; errors?: unknown };
    },
    [JSON.stringify({ query, variables }), owner.tenant] as const,
  );
  expect(answer.errors).toBeUndefined();
  return answer.data as Data;
}

/** A payment into a driver's wallet that somebody made on the provider's page. */
async function paid(page: Page): Promise<string> {
  const { wallets } = await ask<{ wallets: { edges: { node: { id: string; driver: { name: string } } }[] } }>(page, "{ wallets(first: 20) { edges { node { id driver { name } } } } }");
  const wallet = wallets.edges.find(({ node }) => node.driver.name === "Demo Driver")?.node.id;
  const { startTopUp } = await ask<{ startTopUp: { checkoutURL: string; payment: { id: string } } }>(
    page,
    'mutation($w: ID!) { startTopUp(input: { walletId: $w, amount: "25.00", currency: "EUR" }) { checkoutURL payment { id } } }',
    { w: wallet },
  );
  const other = await open();
  await other.goto(startTopUp.checkoutURL);
  await other.locator("form button").first().click();
  await other.context().close();
  await expect
    .poll(async () => (await ask<{ payment: { status: string } }>(page, "query($id: ID!) { payment(id: $id) { status } }", { id: startTopUp.payment.id })).payment.status, { timeout: 20_000 })
    .toBe("CAPTURED");
  return startTopUp.payment.id;
}

test("a payment is shown with what is in the books, and a part of it is given back", async () => {
  const page = await open();
  await signIn(page);
  const id = await paid(page);
  await page.goto(at("payments"));
  await page.getByRole("link", { name: "€25.00" }).first().waitFor();
  await expectAccessible(page);
  await page.goto(at(`payments/${id}`));
  await page.getByRole("heading", { name: "In the books" }).waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Refund" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Amount in EUR").fill("26.00");
  await dialog.getByLabel("Reason").fill("Asked for it");
  await dialog.getByRole("button", { name: "Refund" }).click();
  await dialog.getByText("is left of the payment").waitFor();
  await expectAccessible(page);
  await dialog.getByLabel("Amount in EUR").fill("5.00");
  await dialog.getByRole("button", { name: "Refund" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("Asked for it").first().waitFor();
  expectClean(page);
});

test("an account is compared with its provider, and the books agree", async () => {
  const page = await open();
  await signIn(page, "reconciliations");
  await page.getByRole("button", { name: /^Compare/ }).first().click();
  await page.getByText("agree").first().waitFor();
  await expectAccessible(page);
  expectClean(page);
});

test("an account shows where its webhook goes, refuses what can't be right, and keeps its secrets", async () => {
  const page = await open();
  await signIn(page, "settings/payment-accounts");
  await page.getByRole("button", { name: "Add account" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Provider").selectOption("RAZORPAY");
  await dialog.getByLabel("Name").fill("Second");
  await dialog.getByLabel("Key ID").fill("rzp_live_1");
  await dialog.getByLabel("Secret key").fill("a secret");
  await dialog.getByLabel("Secret of the webhook").fill("another");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("This is a live key").waitFor();
  await dialog.getByLabel("Key ID").fill(`rzp_test_${String(Date.now())}`);
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("/webhooks/razorpay/").waitFor();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("button", { name: "Change Second" }).click();
  await expect.poll(() => dialog.getByLabel("Secret key").inputValue()).toBe("");
  await dialog.getByRole("checkbox", { name: "Takes new payments" }).uncheck();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await expectAccessible(page);
  await page.goto(at("settings/jobs"));
  await page.getByText("Nothing was given up").waitFor();
  await expectAccessible(page);
  expectClean(page);
});
