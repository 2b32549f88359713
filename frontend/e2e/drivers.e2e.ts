import { expect, test } from "vitest";
import { browserForFile, expectAccessible, expectClean, signIn } from "./browser";

const open = browserForFile();

test("a driver is added, their wallet adjusted, a card given, and both blocked", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page);
  await page.getByRole("link", { name: "Drivers" }).click();
  await page.getByRole("heading", { level: 1, name: "Drivers" }).waitFor();
  await page.getByRole("link", { name: "Demo Driver" }).waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "New driver" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Asha Page");
  await dialog.getByLabel("E-mail").fill("asha.page@demo.example");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { level: 1, name: "Asha Page" }).waitFor();
  await page.getByText("Nothing has moved yet").waitFor();
  await expectAccessible(page);

  // Given in another language's way of writing, and only once for a key.
  await page.getByRole("button", { name: "Adjust" }).click();
  await dialog.getByLabel("Amount in EUR").fill("12,50");
  await dialog.getByLabel("Reason").fill("Welcome");
  await dialog.getByText("Asha Page gets €12.50").waitFor();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Give" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("cell", { name: "+€12.50" }).waitFor();
  await page.getByRole("button", { name: "Adjust" }).click();
  await dialog.getByLabel("Amount in EUR").fill("-2.50");
  await dialog.getByLabel("Reason").fill("Too much");
  await dialog.getByRole("button", { name: "Take" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("cell", { name: "-€2.50" }).waitFor();
  await expect.poll(() => page.getByRole("definition").first().textContent()).toBe("€10.00");

  await page.getByRole("button", { name: "Set credit limit" }).click();
  await dialog.getByLabel("Amount in EUR").fill("5");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await expect.poll(() => page.getByRole("definition").nth(1).textContent()).toBe("€15.00");

  await page.getByRole("button", { name: "Top up", exact: true }).click();
  await dialog.getByLabel("Amount in EUR").fill("20");
  await dialog.getByRole("button", { name: "Open payment page" }).click();
  expect(await dialog.getByRole("link", { name: "Open the page" }).getAttribute("href")).toMatch(/^https?:\/\//);
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Close" }).last().click();

  await page.getByRole("button", { name: "Add card" }).click();
  await dialog.getByLabel("Card number").fill("04A1B2C3D4");
  await dialog.getByRole("button", { name: "Add card" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Block card 04A1B2C3D4" }).click();
  await dialog.getByRole("button", { name: "Block" }).click();
  await page.getByRole("button", { name: "Unblock card 04A1B2C3D4" }).waitFor();
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await dialog.getByText("A session that runs goes on").waitFor();
  await dialog.getByRole("button", { name: "Block" }).click();
  await page.getByRole("button", { name: "Unblock", exact: true }).waitFor();
  await expectAccessible(page);
  for (const [colorScheme, width] of [["dark", 1360], ["light", 390]] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 844 });
    await expectAccessible(page, ["color-contrast", "target-size"]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  }
  expectClean(page);
});

test("a wallet's page follows what is booked elsewhere, and says in words what moved", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page, "drivers");
  await page.getByRole("link", { name: "Demo Driver" }).click();
  await page.getByRole("heading", { level: 1, name: "Demo Driver" }).waitFor();
  await page.getByRole("cell", { name: /Set aside for a session|Session/ }).first().waitFor();
  await expectAccessible(page);
  const other = await open();
  await signIn(other, "drivers");
  await other.getByRole("link", { name: "Demo Driver" }).click();
  await other.getByRole("button", { name: "Adjust" }).click();
  const dialog = other.getByRole("dialog");
  await dialog.getByLabel("Amount in EUR").fill("1.11");
  await dialog.getByLabel("Reason").fill("Seen at once");
  await dialog.getByRole("button", { name: "Give" }).click();
  await page.getByText("Seen at once").waitFor();
  await page.getByRole("cell", { name: "+€1.11" }).waitFor();
  expectClean(page);
});

test("a way to pay is left on the provider's page, and the wallet tops itself up from it until it is removed", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page, "drivers");
  await page.getByRole("link", { name: "Third Driver" }).click();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const dialog = page.getByRole("dialog");
  const url = await dialog.getByRole("link", { name: "Open the page" }).getAttribute("href");
  const other = await open();
  await other.goto(url ?? "");
  await other.locator("form button").first().click();
  await expect
    .poll(
      async () => {
        await page.reload();
        await page.getByRole("heading", { name: "Ways to pay" }).waitFor();
        return page.getByText("Usable").count();
      },
      { timeout: 20_000, interval: 1000 },
    )
    .toBe(1);
  await page.getByRole("button", { name: "Set", exact: true }).click();
  await dialog.getByLabel("Below, in EUR").fill("1");
  await dialog.getByLabel("Top up by, in EUR").fill("20");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("Below €1.00: €20.00 from").waitFor();
  await page.getByRole("button", { name: /^Remove / }).click();
  await dialog.getByText("Automatic top-ups from it end").waitFor();
  await dialog.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByText("The driver has left no way to pay.").waitFor();
  await page.getByText("Off", { exact: true }).waitFor();
  expectClean(page);
});
