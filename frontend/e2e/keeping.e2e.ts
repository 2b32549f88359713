import { expect, test } from "vitest";
import { browserForFile, expectAccessible, expectClean, signIn } from "./browser";

const open = browserForFile();
const unique = String(Date.now());

test("a location is made, changed and deleted", async () => {
  const page = await open();
  await signIn(page, "locations");
  await page.getByRole("button", { name: "Add location" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Add location" }).click();
  await dialog.getByText("Enter a name.").waitFor();
  await dialog.getByLabel("Name").fill(`Quay ${unique}`);
  await dialog.getByLabel("City").fill("Rotterdam");
  await dialog.getByLabel("Country").fill("nl");
  await dialog.getByLabel("Latitude").fill("51.92");
  await dialog.getByLabel("Longitude").fill("4.48");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Add location" }).click();
  await page.getByRole("link", { name: `Quay ${unique}` }).click();
  await page.getByText("Rotterdam, Netherlands").first().waitFor();

  await page.getByRole("button", { name: "Edit" }).click();
  await dialog.getByLabel("Name").fill(`Pier ${unique}`);
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { level: 1, name: `Pier ${unique}` }).waitFor();

  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Delete location" }).click();
  await dialog.getByRole("button", { name: "Delete location" }).click();
  await page.getByText(`Pier ${unique} deleted.`).waitFor();
  expectClean(page);
});

test("a location with stations is kept, and the stations are named", async () => {
  const page = await open();
  await signIn(page, "stations");
  const rows = page.locator("tbody tr[data-index]");
  await rows.first().waitFor();
  await rows.first().getByRole("link").first().click();
  const station = (await page.getByRole("heading", { level: 1 }).textContent()) ?? "";
  await page.locator('header a[href*="/locations/"]').click();
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Delete location" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete location" }).click();
  const refusal = await page.getByRole("dialog").getByRole("alert").textContent();
  expect(refusal).toContain(station);
});

test("an API key is shown once, and revoked", async () => {
  const page = await open();
  await signIn(page, "settings/api-keys");
  await page.getByRole("button", { name: "Create key" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(`App ${unique}`);
  await dialog.getByRole("button", { name: "Create key" }).click();
  await dialog.getByText("The key is shown this once.").waitFor();
  await dialog.getByRole("button", { name: "Copy: Key" }).click();
  const key = await page.evaluate(() => navigator.clipboard.readText());
  expect(key.length).toBeGreaterThan(20);
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByText(`App ${unique}`).waitFor();
  expect(await page.content()).not.toContain(key);
  await page.getByRole("button", { name: `Revoke App ${unique}` }).click();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("row", { name: new RegExp(`App ${unique}`) }).getByText("Revoked").waitFor();
  expectClean(page);
});

test("somebody new is invited with a link, and chooses a password with it", async () => {
  const page = await open();
  await signIn(page, "settings/members");
  await page.getByRole("button", { name: "Invite" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(`Guest ${unique}`);
  await dialog.getByLabel("Email").fill(`guest-${unique}@demo.example`);
  await dialog.getByLabel("Role").selectOption("VIEWER");
  await dialog.getByRole("button", { name: "Invite" }).click();
  await dialog.getByRole("button", { name: "Copy: Invitation link" }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByText(`guest-${unique}@demo.example`).waitFor();

  const guest = await open();
  await guest.goto(new URL(new URL(link).pathname, page.url()).href);
  await guest.getByLabel("Password", { exact: true }).fill("a-long-password");
  await guest.getByLabel("Password again").fill("another-password");
  await guest.getByRole("button", { name: "Set password" }).click();
  await guest.getByText("The two passwords differ.").waitFor();
  await guest.getByLabel("Password again").fill("a-long-password");
  await guest.getByRole("button", { name: "Set password" }).click();
  await guest.getByLabel("Email").fill(`guest-${unique}@demo.example`);
  await guest.getByLabel("Password").fill("a-long-password");
  await guest.getByRole("button", { name: "Sign in" }).click();
  await guest.getByRole("heading", { level: 1, name: "Stations" }).waitFor();

  // A viewer sees, and is offered nothing that changes.
  expect(await guest.getByRole("link", { name: "Add station" }).count()).toBe(0);
  await guest.locator("tbody tr[data-index] a").first().click();
  await guest.getByRole("button", { name: "Remote actions" }).click();
  await guest.getByRole("menuitem", { name: /Reset.*Your role does not include this\./ }).waitFor();
  await guest.goto(new URL("/t/demo/settings/members", page.url()).href);
  await guest.getByText("No permission").waitFor();
  expectClean(guest);
});

test("a network is added, and archived only when it is empty", async () => {
  const page = await open();
  await signIn(page, "settings/networks");
  await page.getByRole("button", { name: "Add network" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(`Area ${unique}`);
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: `Edit Area ${unique}` }).click();
  await page.getByRole("button", { name: "Archive" }).click();
  await page.getByRole("dialog", { name: `Archive Area ${unique}` }).getByRole("button", { name: "Archive" }).click();
  await page.getByText("Network archived.").waitFor();
  expectClean(page);
});
