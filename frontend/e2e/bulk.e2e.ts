import { expect, test } from "vitest";
import { onboarded } from "./api";
import { browserForFile, expectAccessible, expectClean, signIn } from "./browser";

const open = browserForFile();

test("selected stations are given a command together, and each one's outcome is told", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page, "stations");
  await onboarded(page, { identity: "DEPOT-03" });
  await onboarded(page, { identity: "DEPOT-02" });
  await page.getByRole("searchbox").fill("DEPOT-0");
  await page.waitForURL(/[?&]q=DEPOT-0/);
  const boxes = page.getByRole("checkbox", { name: "Select", exact: true });
  await page.getByRole("link", { name: "Depot gate" }).waitFor();
  await boxes.first().check();
  const bar = page.getByRole("region", { name: "Selected stations" });
  await bar.getByRole("button", { name: /^Select all \d+ that match$/ }).click();
  await bar.getByText(/^[23] selected$/).waitFor();
  await bar.getByRole("button", { name: "Give a command" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Restarts the stations.").waitFor();
  await dialog.getByLabel("Command").selectOption("clearCache");
  await dialog.getByLabel("Stations a minute").fill("0");
  await dialog.getByText("Enter 1 to 6,000.").or(dialog.getByText("Enter 1 to 6000.")).waitFor();
  await dialog.getByLabel("Stations a minute").fill("600");
  await dialog.getByLabel("Name").fill("Forget tokens");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: /^Give to \d stations$/ }).click();

  await page.getByRole("heading", { level: 1, name: "Forget tokens" }).waitFor();
  await page.locator("header").getByText("Done", { exact: true }).waitFor();
  await page.getByRole("row", { name: /DEPOT-03/ }).getByText("Accepted").waitFor();
  await page.getByRole("button", { name: "Answer of Depot gate" }).click();
  await dialog.locator('[data-command-status="ACCEPTED"]').waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Outcome", exact: true }).click();
  await page.getByRole("option", { name: "Waiting" }).click();
  await page.waitForURL(/status=WAITING/);
  await page.keyboard.press("Escape");
  await page.getByText("No station is that far").waitFor();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Bulk commands" }).first().click();
  await page.getByRole("row", { name: /Forget tokens/ }).getByText("Done").waitFor();
  await expectAccessible(page);
  expectClean(page);
});

test("a slow bulk command is stopped, and the stations that were not asked say so", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page, "stations");
  await onboarded(page, { identity: "DEPOT-03" });
  await onboarded(page, { identity: "CITY-03" });
  await page.goto(page.url().split("?")[0] ?? "");
  await page.locator("tbody tr[data-index]").first().waitFor();
  await page.getByRole("checkbox", { name: "Select all" }).check();
  await page.getByRole("region", { name: "Selected stations" }).getByRole("button", { name: "Give a command" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Command").selectOption("trigger");
  await dialog.getByLabel("Stations a minute").fill("1");
  await dialog.getByRole("button", { name: /^Give to/ }).click();
  await page.getByRole("button", { name: "Ask no more stations" }).click();
  await dialog.getByRole("button", { name: "Ask no more stations" }).click();
  await page.locator("header").getByText("Cancelled", { exact: true }).waitFor();
  await page.getByText("The bulk command was cancelled.").first().waitFor();
  expectClean(page);
});

test("one variable is compared over several stations, and read anew", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page, "stations");
  await onboarded(page, { identity: "DEPOT-03" });
  await onboarded(page, { identity: "CITY-03" });
  await page.goto(page.url().split("?")[0] ?? "");
  await page.locator("tbody tr[data-index]").first().waitFor();
  await page.getByRole("checkbox", { name: "Select all" }).check();
  await page.getByRole("region", { name: "Selected stations" }).getByRole("button", { name: "Compare a variable" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Which variable").fill("HeartbeatInterval");
  await dialog.getByRole("button", { name: /^OCPPCommCtrlr\.HeartbeatInterval/ }).click();
  await dialog.getByRole("row", { name: /DEPOT-03/ }).locator("[data-compared=usual], [data-compared=other]").waitFor();
  await dialog.getByRole("button", { name: "Read now" }).click();
  await dialog.getByText(/^Reading: /).waitFor();
  await dialog.getByText(/differs? from most|values agree/).waitFor({ timeout: 60_000 });
  await dialog.getByRole("row", { name: /DEPOT-03/ }).getByText("now").waitFor();
  expect(await dialog.getByRole("row", { name: /CITY-01/ }).textContent()).toContain("Not known");
  await expectAccessible(page);
  expectClean(page);
});
