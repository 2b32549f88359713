import type { Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { added, onboarded } from "./api";
import { at, browserForFile, expectAccessible, expectClean, signIn } from "./browser";
import { Station } from "./station";

const open = browserForFile();
const stations: Station[] = [];

afterAll(async () => {
  for (const station of stations) await station.close();
});

/** Opens a tab of a station of the demo, which a simulator plays: it answers for itself. */
async function simulated(page: Page, tab: string, identity = "DEPOT-03") {
  const id = await onboarded(page, { identity });
  await page.goto(at(`stations/${id}?tab=${tab}`));
  await page.getByRole("heading", { level: 1 }).waitFor();
}

test("a limit is set, seen over time, told by the station as its schedule, and cleared", { timeout: 90_000 }, async () => {
  const page = await open();
  await signIn(page);
  await simulated(page, "charging");
  await page.getByRole("button", { name: "Set profile" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Level").fill("3");
  await dialog.getByLabel("Limit 1 (A)").fill("lots");
  await dialog.getByText("Enter a limit for each step, 0 or more.").waitFor();
  await dialog.getByLabel("Limit 1 (A)").fill("13");
  await dialog.getByRole("button", { name: "Add step" }).click();
  await dialog.getByLabel("Limit 2 (A)").fill("9");
  await dialog.getByRole("img", { name: "Preview of the profile" }).waitFor();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Set profile" }).click();
  await dialog.locator('[data-command-status="ACCEPTED"]').waitFor();
  await dialog.getByRole("button", { name: "Close" }).first().click();

  const row = page.getByRole("row", { name: /9–13 A/ }).first();
  await row.getByText("Installed").waitFor();
  const picture = page.getByRole("img", { name: "Limits over time, profile by profile" });
  await picture.getByText("Default of sessions · level 3").waitFor();
  await page.getByRole("button", { name: "Composite schedule" }).click();
  await picture.getByText("According to the station").waitFor();
  await expectAccessible(page);

  await row.getByRole("button", { name: /^Clear Default of sessions/ }).click();
  await dialog.getByText(/no longer limits/).waitFor();
  await dialog.getByRole("button", { name: "Clear profile" }).click();
  await page.getByText("Profile cleared.").waitFor();
  await page.getByRole("button", { name: /^Show \d+ earlier$/ }).click();
  await page.getByRole("row", { name: /9–13 A/ }).first().getByText("Cleared").waitFor();
  expectClean(page);
});

test("a connector is kept for a token, and freed again", { timeout: 90_000 }, async () => {
  const page = await open();
  await signIn(page);
  const { id, url, password } = await added(page, `E2E-RESERVE-${String(Date.now())}`);
  const station = await Station.connect(url, password);
  stations.push(station);
  await station.boot();
  await station.status(1, "Available");
  await onboarded(page, { id });
  await page.goto(at(`stations/${id}?tab=reservations`));
  await page.getByText("No reservations yet").waitFor();
  await page.getByRole("button", { name: "Reserve" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Token").fill("DEMO-TAG-01");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Reserve" }).click();
  await dialog.locator('[data-command-status="ACCEPTED"]').waitFor();
  await dialog.getByRole("button", { name: "Close" }).first().click();
  const row = page.getByRole("row", { name: /DEMO-TAG-01/ });
  await row.getByText("Reserved").waitFor();
  expect(station.asked.find(({ action }) => action === "ReserveNow")?.payload).toMatchObject({ connectorId: 1, idTag: "DEMO-TAG-01" });
  await row.getByRole("button", { name: "Cancel the reservation of DEMO-TAG-01" }).click();
  await dialog.getByRole("button", { name: "Cancel reservation" }).click();
  await row.getByText("Cancelled").waitFor();
  expectClean(page);
});

test("the local list is compared, sent, and known to be held", { timeout: 90_000 }, async () => {
  const page = await open();
  await signIn(page);
  await simulated(page, "local-list");
  await page.getByRole("button", { name: "Send all" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/Replaces the list of Depot gate/).waitFor();
  await dialog.getByRole("button", { name: "Send" }).click();
  await page.getByText("The station took the list.").waitFor();
  await page.getByRole("row", { name: /DEMO-TAG-16/ }).getByText("The same").waitFor();
  await page.getByRole("button", { name: "Compared", exact: true }).click();
  await page.getByRole("option", { name: "Differences only" }).click();
  await page.getByText("The station holds what it should.").waitFor();
  await expectAccessible(page);
  expectClean(page);
});

test("a monitor is set, its event arrives, and it is cleared", { timeout: 90_000 }, async () => {
  const page = await open();
  await signIn(page);
  // From OCPP 2.1 on an event says how bad it is.
  await simulated(page, "monitoring", "DEPOT-01");
  await page.getByRole("button", { name: "Add monitor" }).click();
  const dialog = page.getByRole("dialog");
  const variable = dialog.getByLabel("Variable");
  await variable.locator("option", { hasText: "ACVoltage" }).first().waitFor({ state: "attached" });
  await variable.selectOption((await variable.locator("option", { hasText: "ACVoltage" }).first().getAttribute("value")) ?? "");
  await dialog.getByLabel("Value").fill("3");
  await dialog.getByLabel("Severity").selectOption("4");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Add monitor" }).click();
  await dialog.locator('[data-command-status="ACCEPTED"]').waitFor();
  await dialog.getByRole("button", { name: "Close" }).first().click();
  const row = page.getByRole("row", { name: /ACVoltage/ }).first();
  await row.getByText("above 3").waitFor();

  // The voltage is above it at once.
  const event = page.locator('[data-event="MONITORING"]').first();
  await event.getByText("ChargingStation.ACVoltage").waitFor();
  await event.getByText("4 Error").waitFor();
  await page.getByRole("button", { name: "Kind", exact: true }).click();
  await page.getByRole("option", { name: "Security" }).click();
  await page.waitForURL(/kind=SECURITY/);
  await event.waitFor({ state: "detached" });

  await row.getByRole("button", { name: /^Clear the monitor/ }).click();
  await dialog.getByRole("button", { name: "Clear monitor" }).click();
  await row.waitFor({ state: "detached" });
  expectClean(page);
});

test("firmware is uploaded, given to a station, and deleted; a log is asked for and fetched", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page, "settings/firmware");
  const version = `9.${String(Date.now())}`;
  await page.getByRole("button", { name: "Upload firmware" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("File").setInputFiles({ name: "station.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(64 * 1024, 7) });
  await dialog.getByLabel("Vendor").fill("Voltara");
  await dialog.getByLabel("Version").fill(version);
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Upload", exact: true }).click();
  await page.getByText("station.bin uploaded.").waitFor();
  const kept = page.getByRole("row", { name: new RegExp(version) });
  await kept.getByText("Ready").waitFor();

  await simulated(page, "firmware");
  await page.getByRole("button", { name: "Ask for a log" }).click();
  await dialog.getByRole("button", { name: "Ask", exact: true }).click();
  await dialog.locator('[data-command-status="ACCEPTED"]').waitFor();
  await dialog.getByRole("button", { name: "Close" }).first().click();
  await page.locator('[data-progress="Uploaded"]').first().waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: /^Download / }).first().click()]);
  expect(download.suggestedFilename()).toContain("DEPOT-03");

  await page.getByRole("button", { name: "Update firmware" }).click();
  await dialog.getByLabel("Firmware", { exact: true }).selectOption({ label: `Voltara ${version} · station.bin` });
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Update", exact: true }).click();
  await dialog.locator('[data-command-status="ACCEPTED"]').waitFor();
  await dialog.getByRole("button", { name: "Close" }).first().click();
  const update = page.locator("[data-progress]").filter({ hasText: version });
  await update.locator('[data-step="Downloaded"]').waitFor();
  await expectAccessible(page);

  await page.goto(at("settings/firmware"));
  await kept.getByRole("button", { name: /^Delete/ }).click();
  await dialog.getByRole("button", { name: "Delete firmware" }).click();
  await kept.waitFor({ state: "detached" });
  expectClean(page);
});
