import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, inject, test } from "vitest";
import { added, ask, onboarded } from "./api";
import { at, browserForFile, expectAccessible, expectClean, owner, signIn } from "./browser";
import { mailTo } from "./mail";
import { filmOf } from "./qr";
import { Station } from "./station";

const run = String(Date.now());
const identity = `E2E-DRIVE-${run}`;
// The camera shows the code on the station, and maps are drawn without a graphics card.
const film = filmOf(`https://charge.example/c/${identity}`);
const open = browserForFile("--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`, "--enable-unsafe-swiftshader");
const stations: Station[] = [];

afterAll(async () => {
  for (const station of stations) await station.close();
  rmSync(dirname(film), { recursive: true, force: true });
});

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

type Staged = { email: string; network: string; station: Station };

/**
 * A driver with 80.00 EUR in the wallet, and a station of the same network that sells at 5.00 a kWh and 1.00 a session: so little energy costs
 * something that it can have flowed while a test runs, and nobody has to look at the bill; and the wallet covers what is held for 10 kWh.
 */
async function stage(): Promise<Staged> {
  const page = await open();
  await signIn(page);
  const email = `drive-${run}@demo.example`;
  const { viewer } = await ask<{ viewer: { networks: { id: string; slug: string }[] } }>(page, "{ viewer { networks { id slug } } }");
  const network = viewer.networks[0];
  const { id, url, password } = await added(page, identity);
  const { createTariff } = await ask<{ createTariff: { tariff: { id: string } } }>(page, "mutation($input: CreateTariffInput!) { createTariff(input: $input) { tariff { id } } }", {
    input: {
      name: `Drive ${run}`,
      networkId: network?.id,
      taxIncluded: "YES",
      elements: [{ price_components: [{ type: "ENERGY", price: 5, vat: 19, step_size: 1 }, { type: "FLAT", price: 1, vat: 19, step_size: 1 }] }],
    },
  });
  await ask(page, "mutation($input: AssignTariffInput!) { assignTariff(input: $input) { assignment { id } } }", { input: { tariffId: createTariff.tariff.id, stationId: id } });
  const { createDriver } = await ask<{ createDriver: { driver: { wallet: { id: string } } } }>(page, "mutation($input: CreateDriverInput!) { createDriver(input: $input) { driver { wallet { id } } } }", {
    input: { name: "Dana Driver", email, networkId: network?.id },
  });
  await ask(page, "mutation($input: AdjustWalletInput!) { adjustWallet(input: $input) { wallet { id } } }", {
    input: { walletId: createDriver.driver.wallet.id, amount: { amount: "80.00", currency: "EUR" }, reason: "To begin with", idempotencyKey: run },
  });
  const station = await Station.connect(url, password);
  stations.push(station);
  await station.boot();
  await onboarded(page, { id });
  await station.status(1, "Available");
  await page.context().close();
  return { email, network: network?.slug ?? "", station };
}

test("a driver signs in with a mailed code, tops up, charges and gets the bill, on a phone", { timeout: 180_000 }, async () => {
  const { email, network, station } = await stage();
  const page = await open(phone);
  const shoot = async (name: string) => {
    if (process.env.BUSBAR_DRIVE_SHOTS == null) return;
    mkdirSync(process.env.BUSBAR_DRIVE_SHOTS, { recursive: true });
    await page.screenshot({ path: join(process.env.BUSBAR_DRIVE_SHOTS, `${name}.png`) });
  };
  const mailed = (subject: string) => mailTo(inject("mails"), email, subject);

  // A code, and no password.
  await page.goto(at(`/drive/${owner.tenant}/${network}`));
  await page.getByLabel("E-mail address").fill(email);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Mail me a code" }).click();
  await expect.poll(() => mailed("Your code to sign in"), { timeout: 20_000 }).not.toBe("");
  const code = /^ +(\d{6})\s*$/m.exec(await mailed("Your code to sign in"))?.[1] ?? "";
  await page.getByLabel("Code", { exact: true }).fill(code === "000000" ? "000001" : "000000");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("This code is wrong").waitFor();
  await page.getByLabel("Code", { exact: true }).fill(code);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("You can spend: €80.00").waitFor();
  await expectAccessible(page);

  // The wallet, paid into on the provider's page.
  const nav = page.getByRole("navigation", { name: "Charge" });
  await nav.getByRole("link", { name: "Wallet" }).click();
  await page.getByLabel("Amount in EUR").fill("20.00");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.waitForURL(/\/demo\/provider\//);
  await page.getByRole("button", { name: "Pay", exact: true }).click();
  await page.waitForURL(new RegExp(`/drive/${owner.tenant}/${network}/wallet`));
  const balance = page.locator("header").filter({ hasText: "Balance" });
  await balance.getByText("€100.00", { exact: true }).waitFor();
  await page.getByText("Paid", { exact: true }).waitFor();
  await expectAccessible(page);

  // Where one can charge: a list, and a map whose places are reached by the keyboard too.
  await nav.getByRole("link", { name: "Home" }).click();
  await page.context().setGeolocation({ latitude: 52.51, longitude: 13.4 });
  await page.context().grantPermissions(["geolocation"]);
  await page.getByRole("button", { name: "Show stations near me" }).click();
  const map = page.getByRole("region", { name: "Map of stations" });
  await map.waitFor();
  await page.getByRole("img", { name: "You are here" }).waitFor();
  await expectAccessible(page);
  await shoot("map");
  const place = page.locator("button[aria-pressed]").first();
  await place.focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => place.or(page.locator("button[aria-pressed=true]")).count()).toBeGreaterThan(0);

  // The code on the station, which the camera reads once it may; the price is there before anything starts.
  await page.getByRole("button", { name: "Scan the QR code" }).click();
  await page.getByText("Your phone doesn't let this page use the camera.").waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Type the code instead" }).click();
  await page.getByLabel("Code on the station").waitFor();
  await page.context().grantPermissions(["geolocation", "camera"]);
  await page.getByRole("button", { name: "Scan the QR code" }).click();
  await page.waitForURL(new RegExp(`/drive/${owner.tenant}/${network}/c/${identity}$`));
  await page.getByRole("radio", { name: /^Connector 1/ }).check();
  await page.getByText("€5.00 per kWh").waitFor();
  await page.getByText("€1.00 per session").waitFor();
  await page.getByText("You can spend €100.00.").waitFor();
  await expectAccessible(page);
  await shoot("start");

  // The station is asked with the driver's own token, and begins.
  await page.getByRole("button", { name: "Start charging" }).click();
  const asked = (action: string) => station.asked.find((call) => call.action === action)?.payload;
  await expect.poll(() => asked("RemoteStartTransaction"), { timeout: 20_000 }).toMatchObject({ connectorId: 1 });
  await station.plugIn();
  await station.begin(String(asked("RemoteStartTransaction")?.idTag));
  await page.getByRole("button", { name: "Stop charging" }).waitFor();
  const fact = (label: string) => page.locator("dl > div").filter({ hasText: label }).locator("dd");
  await expect.poll(() => fact("Cost so far").textContent(), { timeout: 20_000 }).toBe("€1.00");
  await station.charge(100, 11_000);
  await expect.poll(() => fact("Cost so far").textContent(), { timeout: 20_000 }).toBe("€1.50");
  expect(await fact("Energy").textContent()).toMatch(/^(0\.1 kWh|100 Wh)$/);
  expect(await fact("Power").textContent()).toMatch(/^11(\.0+)? kW$/);
  await expectAccessible(page);
  await shoot("session");

  // The end, the bill and its receipt.
  await page.getByRole("button", { name: "Stop charging" }).click();
  await expect.poll(() => asked("RemoteStopTransaction"), { timeout: 20_000 }).toBeDefined();
  await station.unplug();
  await page.getByText("The session has ended. Paid from your wallet.").waitFor();
  const bill = page.locator("section").filter({ has: page.getByRole("heading", { name: "What it costs" }) });
  await bill.getByRole("listitem").filter({ hasText: "Energy" }).getByText("€0.50").waitFor();
  await bill.getByRole("listitem").filter({ hasText: "Total" }).getByText("€1.50").waitFor();
  const receipt = page.getByText(/^Receipt \S+$/);
  await receipt.waitFor();
  await expectAccessible(page);
  await shoot("bill");
  await expect.poll(() => mailed("Receipt"), { timeout: 30_000 }).not.toBe("");
  expect(await mailed("Receipt")).toContain(await receipt.textContent());

  await nav.getByRole("link", { name: "Wallet" }).click();
  await balance.getByText("€98.50", { exact: true }).waitFor();
  expectClean(page);
});
