import { expect, test } from "vitest";
import { browserForFile, expectAccessible, expectClean, signIn } from "./browser";

const open = browserForFile();

test("a tariff is written with its price beside it, assigned, changed and taken back", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page, "tariffs/new");

  // The plain case is what one sees first.
  await page.getByLabel("Name").fill("Day and night");
  await page.getByLabel("EUR per kWh").fill("0.451");
  const example = page.getByRole("table", { name: "What a session would cost" });
  await example.getByText("€9.02").first().waitFor();

  // In detail: cheaper at night, with a fee, and what the server finds stands at its field.
  await page.getByRole("button", { name: "Details: fees, times, taxes, limits" }).click();
  await page.getByRole("button", { name: "Add price" }).click();
  await page.getByLabel("What is priced").nth(1).selectOption("FLAT");
  await page.getByLabel("EUR once").fill("1.005");
  await page.getByText("1.005 has more decimals than an amount in EUR may have here (2).").waitFor();
  await page.getByLabel("EUR once").fill("1");
  await example.getByText("€10.02").first().waitFor();
  await page.getByRole("group", { name: "Element 1" }).getByText("When it counts").click();
  await page.getByLabel("From, time of day").fill("22:00");
  await page.getByLabel("Until, time of day").fill("06:00");
  await page.getByText(/Neither energy nor charging time has a price at these hours/).waitFor();
  await page.getByRole("button", { name: "Add element" }).click();
  await page.getByRole("group", { name: "Element 2" }).getByLabel("EUR per kWh").fill("0.6");
  await page.getByText(/Neither energy nor charging time has a price at these hours/).waitFor({ state: "detached" });
  await expectAccessible(page);

  // Back to one price for a kWh only after it was said what that drops.
  await page.getByRole("button", { name: "Only a price for a kWh" }).click();
  const losing = page.getByRole("dialog", { name: "Keep only a price for a kWh?" });
  await losing.getByText("Other prices: fees, time, further elements").waitFor();
  await losing.getByText("When prices count: times, days, energy, power").waitFor();
  await expectAccessible(page);
  await losing.getByRole("button", { name: "Cancel" }).click();
  expect(await page.getByLabel("EUR once").inputValue()).toBe("1");
  await page.getByRole("button", { name: "Create tariff" }).click();

  await page.getByRole("heading", { level: 1, name: "Day and night" }).waitFor();
  await page.getByText("22:00 to 06:00: €0.451 per kWh + €1.00 per session").first().waitFor();

  // It counts for a station, from the network down.
  await page.getByRole("button", { name: "Assign", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Network").selectOption({ index: 1 });
  await dialog.getByLabel("Station").selectOption({ index: 1 });
  await dialog.getByRole("button", { name: /^Assign to/ }).click();
  await page.getByRole("button", { name: /^End assignment:/ }).waitFor();
  await page.getByText("In use").first().waitFor();

  // A new version shows what it changed.
  await page.getByRole("link", { name: "Change prices" }).click();
  await page.getByRole("group", { name: "Element 2" }).getByLabel("EUR per kWh").fill("0.65");
  await page.getByRole("button", { name: "Publish version 2" }).click();
  await page.getByText("Holds now").waitFor();
  await page.getByText("+ €0.65 per kWh").waitFor();
  await expectAccessible(page);

  await page.getByRole("button", { name: /^End assignment:/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End assignment" }).click();
  await page.getByText("It counts nowhere yet.", { exact: false }).first().waitFor();
  await page.getByRole("button", { name: "Archive" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Archive" }).click();
  await page.getByText("Archived").first().waitFor();
  expect(page.url()).toContain("/tariffs/");
  expectClean(page);
});
