import { expect, test } from "vitest";
import { ask, onboarded } from "./api";
import { at, browserForFile, expectAccessible, expectClean, picture, signIn } from "./browser";
import { strangeRoot } from "./secure-station";

const open = browserForFile();

test("an authority is created, says what it is, and its rules are kept", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page, "security");
  await page.getByRole("heading", { name: "Who is on which profile" }).waitFor();
  await expectAccessible(page);
  await picture(page, "overview-empty");
  await page.goto(at("security?tab=authorities"));
  await page.getByLabel("Organization").first().fill("Demo Charging");
  await picture(page, "authority-create");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.locator("li[data-kind=ROOT]").waitFor();
  await page.locator("li[data-kind=INTERMEDIATE]").waitFor();
  const { certificateAuthorities } = await ask<{ certificateAuthorities: { crlURL: string | null }[] }>(page, "{ certificateAuthorities { crlURL } }");
  const crl = certificateAuthorities.flatMap(({ crlURL }) => crlURL ?? []);
  expect(crl).toHaveLength(1);
  await page.getByText(crl[0] ?? "").waitFor();
  await expectAccessible(page);
  await picture(page, "authorities");
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
  expectClean(page);
});

test("a maker's root is believed until it is removed", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page, "security?tab=authorities");
  await page.getByText("No maker is trusted.").waitFor();
  await page.getByRole("button", { name: "Add a maker" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Maker").fill("Voltmaker");
  await dialog.getByLabel("Root certificate").fill("not a certificate");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByLabel("Root certificate").and(page.locator("[aria-invalid=true]")).waitFor();
  await expectAccessible(page);
  await picture(page, "maker-refused");
  await dialog.getByLabel("Root certificate").fill(strangeRoot("Voltmaker Root"));
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  const makers = page.getByRole("list", { name: "Makers' roots" });
  await makers.getByText("Voltmaker").first().waitFor();
  await expectAccessible(page);
  await picture(page, "maker-added");
  await makers.getByRole("button", { name: /^Remove Voltmaker/ }).click();
  await picture(page, "maker-remove");
  await dialog.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByText("No maker is trusted.").waitFor();
  expectClean(page);
});

test("the page of this server shows its certificates, and warns of the port for old chargers", async () => {
  const page = await open();
  await signIn(page, "security?tab=server");
  const { serverTLS } = await ask<{ serverTLS: { url: string; legacyListener: string; certificates: unknown[] } }>(page, "{ serverTLS { url legacyListener certificates { subject } } }");
  await page.getByText(serverTLS.url).waitFor();
  await page.getByRole("alert").filter({ hasText: `Insecure: old chargers may connect with broken TLS at ${serverTLS.legacyListener}` }).waitFor();
  expect(await page.getByRole("list", { name: "Certificates of this server" }).getByRole("meter").count()).toBe(serverTLS.certificates.length);
  await expectAccessible(page);
  await picture(page, "server");
  expectClean(page);
});

test("a station's page says what it connects with, and keeps the serial number that is expected of it", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page);
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
  expectClean(page);
});

test("several stations are asked to be lowered at once, and whoever asked takes it back", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page, "stations");
  const id = await onboarded(page, { ocppVersion: "1.6", securityProfile: 1 });
  const { station } = await ask<{ station: { name: string } }>(page, "query($id: ID!) { station(id: $id) { name } }", { id });
  await page.locator("tbody tr").filter({ has: page.getByRole("link", { name: station.name, exact: true }) }).getByRole("checkbox").check();
  await page.getByRole("region").getByRole("button", { name: "Security profile" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: /^0/ }).check();
  await dialog.getByRole("button", { name: "Next" }).click();
  await dialog.getByLabel("Reason").fill("The network is closed");
  await dialog.getByRole("button", { name: "Ask a second person" }).click();
  await dialog.getByText("A second person has to agree before anything happens.").waitFor();
  await expectAccessible(page);
  await page.goto(at("security?tab=approvals"));
  const waiting = page.getByRole("list", { name: "Approvals" }).locator("li").filter({ hasText: "The network is closed" });
  await waiting.and(page.locator("[data-status=WAITING]")).getByText("You asked for this yourself").waitFor();
  await waiting.getByRole("button", { name: /^Take it back/ }).click();
  await waiting.and(page.locator("[data-status=REFUSED]")).waitFor();
  await expectAccessible(page);
  expectClean(page);
});

test("pages of security say that they load, and what can't be loaded is asked for again", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page, "stations");
  for (const [tab, query] of [
    ["overview", "SecurityOverview"],
    ["certificates", "StationCertificates"],
    ["operations", "SecurityOperations"],
    ["approvals", "Approvals"],
    ["authorities", "Authorities"],
    ["server", "ServerTls"],
  ] as const) {
    let fail!: () => void;
    const failing = new Promise<void>((resolve) => (fail = resolve));
    let works = false;
    await page.route("**/graphql", async (route) => {
      if (works || route.request().postData()?.includes(`query ${query}`) !== true) return route.continue();
      await failing;
      return route.abort();
    });
    await page.goto(at(`security?tab=${tab}`));
    await page.getByRole("status", { name: "Loading" }).first().waitFor();
    await picture(page, `${tab}-loading`);
    fail();
    const again = page.getByRole("button", { name: "Try again" });
    await again.waitFor();
    await expectAccessible(page);
    await picture(page, `${tab}-failed`);
    works = true;
    await again.click();
    await again.waitFor({ state: "detached" });
    await page.getByRole("status", { name: "Loading" }).first().waitFor({ state: "detached" });
    await page.unrouteAll();
  }
  expectClean(page);
});

test("a station that comes with its maker's certificate is added by its serial number, and gets no password", async () => {
  const page = await open();
  await signIn(page, "stations/new");
  const identity = `FACTORY-${String(Date.now() % 1_000_000)}`;
  await page.getByLabel("Identity").fill(identity);
  await page.getByLabel("Network").selectOption({ index: 1 });
  await page.getByText("Version, security and connectors").click();
  await page.getByLabel("Security profile").selectOption("3");
  expect(await page.getByLabel(/^Password/).count()).toBe(0);
  await page.getByRole("button", { name: "Add station" }).click();
  await page.getByText("Without it nobody knows which certificate is this station's: enter it.").waitFor();
  await expectAccessible(page);
  await picture(page, "add-profile-3");
  await page.getByLabel("Serial number").fill("VM-4711");
  await page.getByRole("button", { name: "Add station" }).click();
  await page.getByRole("heading", { level: 1, name: identity }).waitFor();
  expect(await page.getByText("Password", { exact: true }).count()).toBe(0);
  await expectAccessible(page);
  await picture(page, "added-profile-3");
  expectClean(page);
});
