import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { ask, onboarded } from "./api";
import { at, browserForFile, expectAccessible, expectClean, signIn } from "./browser";

const open = browserForFile();

async function authority(page: Page) {
  await page.goto(at("security?tab=authorities"));
  const create = page.getByRole("button", { name: "Create", exact: true });
  const root = page.locator("li[data-kind=ROOT]").first();
  await create.or(root).first().waitFor();
  if (await create.isVisible()) {
    await page.getByLabel("Organization").first().fill("Demo Charging");
    await create.click();
  }
  await root.waitFor();
}

test("an authority is created, says what it is, and its rules are kept", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page, "security");
  await page.getByRole("heading", { name: "Who is on which profile" }).waitFor();
  await expectAccessible(page);
  await authority(page);
  await page.locator("li[data-kind=INTERMEDIATE]").first().waitFor();
  await expectAccessible(page);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: /^Download / }).first().click();
  expect((await download).suggestedFilename()).toMatch(/\.pem$/);
  await page.getByLabel("Lifetime in days").fill("0");
  await page.getByLabel("Lifetime in days").locator("xpath=ancestor::form").getByRole("button", { name: "Save" }).click();
  await page.getByText("Certificates count from one day to ten years").waitFor();
  await expectAccessible(page);
  await page.getByLabel("Lifetime in days").fill("90");
  await page.getByLabel("Lifetime in days").locator("xpath=ancestor::form").getByRole("button", { name: "Save" }).click();
  await expect.poll(async () => (await ask<{ certificatePolicy: { lifetimeDays: number } }>(page, "{ certificatePolicy { lifetimeDays } }")).certificatePolicy.lifetimeDays).toBe(90);
  await page.getByRole("button", { name: "Add a maker" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Maker").fill("Somebody");
  await dialog.getByLabel("Root certificate").fill("not a certificate");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("alert").waitFor();
  await expectAccessible(page);
  expectClean(page);
});

test("a station shows what it connects with, and what can be done about it begins or is refused in words", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page);
  await authority(page);
  const id = await onboarded(page, { ocppVersion: "2.0.1" });
  await page.goto(at(`stations/${id}?tab=security`));
  await page.getByRole("heading", { name: "Security profile" }).waitFor();
  await page.getByRole("heading", { name: "Roots that the station trusts" }).waitFor();
  await expectAccessible(page);

  await page.getByLabel("Expected serial number").fill("SN-4711");
  await page.getByRole("button", { name: "Save" }).click();
  await expect
    .poll(async () => (await ask<{ station: { expectedSerialNumber: string } }>(page, "query($id: ID!) { station(id: $id) { expectedSerialNumber } }", { id })).station.expectedSerialNumber)
    .toBe("SN-4711");

  await page.getByRole("button", { name: "New password" }).click();
  const dialog = page.getByRole("dialog");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "New password" }).click();
  // A station that can't do it is refused in the dialog; one that can shows its steps.
  await dialog.getByRole("alert").or(page.locator("li[data-kind=PASSWORD]")).first().waitFor();
  await expectAccessible(page);
  if (await dialog.isVisible()) await dialog.getByRole("button", { name: "Cancel" }).click();
  expectClean(page);
});

test("the wizard says what is missing before it begins", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page);
  const id = await onboarded(page, { ocppVersion: "2.1" });
  await page.goto(at(`stations/${id}?tab=security`));
  await page.getByRole("button", { name: "Upgrade…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: /^3/ }).check();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Next" }).click();
  await dialog.getByText("What will happen").waitFor();
  await expectAccessible(page);
  const { serverTLS } = await ask<{ serverTLS: { enabled: boolean } }>(page, "{ serverTLS { enabled } }");
  const begin = dialog.getByRole("button", { name: "Begin", exact: true });
  if (serverTLS.enabled) {
    await begin.click();
    await dialog.locator("li[data-kind=PROFILE]").or(dialog.getByText("Not begun for")).or(dialog.getByRole("alert")).first().waitFor();
    await expectAccessible(page);
  } else {
    await dialog.getByText("This server takes no TLS connections yet.").waitFor();
    expect(await begin.isDisabled()).toBe(true);
    await dialog.getByRole("link", { name: "See how to turn them on" }).click();
    await page.getByText("BUSBAR_TLS_LISTEN").waitFor();
  }
  expectClean(page);
});

test("a lower profile waits for a second person, and whoever asked takes it back", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page, "stations");
  await page.getByRole("checkbox", { name: "Select", exact: false }).nth(1).check();
  await page.getByRole("region").getByRole("button", { name: "Security profile" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: /^0/ }).check();
  await dialog.getByRole("button", { name: "Next" }).click();
  await dialog.getByLabel("Reason").fill("The network is closed");
  await dialog.getByRole("button", { name: "Ask a second person" }).click();
  await dialog.getByText("Not begun for").or(dialog.getByText("A second person has to agree")).or(dialog.getByRole("alert")).first().waitFor();
  await expectAccessible(page);
  await page.goto(at("security?tab=approvals"));
  const waiting = page.locator("li[data-status=WAITING]").first();
  await waiting.or(page.getByText("Nothing waits for a second person")).first().waitFor();
  if (await waiting.isVisible()) {
    await waiting.getByText("The network is closed").waitFor();
    await waiting.getByText("You asked for this yourself").waitFor();
    await waiting.getByRole("button", { name: /^Take it back/ }).click();
    await page.locator("li[data-status=REFUSED]").first().waitFor();
  }
  await expectAccessible(page);
  expectClean(page);
});
