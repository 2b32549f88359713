import { afterAll, expect, test } from "vitest";
import { added, onboarded } from "./api";
import { at, browserForFile, expectAccessible, expectClean, signIn } from "./browser";
import { Station } from "./station";
import { Station2 } from "./station2";
import type { Driven } from "./wire";

const open = browserForFile();
const stations: Driven[] = [];

afterAll(async () => {
  for (const station of stations) await station.close();
});

const versions: [string, (url: string, password: string) => Promise<Driven>][] = [
  ["1.6", (url, password) => Station.connect(url, password)],
  ["2.0.1", (url, password) => Station2.connect(url, password, "2.0.1")],
  ["2.1", (url, password) => Station2.connect(url, password, "2.1")],
];

test.each(versions)("a session is seen from plugging in to the stop: OCPP %s", { timeout: 120_000 }, async (version, connect) => {
  const page = await open();
  await signIn(page);
  const { id, url, password } = await added(page, `E2E-SESSION-${version}-${String(Date.now())}`);
  const station = await connect(url, password);
  stations.push(station);
  expect(await station.boot()).toMatchObject({ status: "Accepted" });
  await onboarded(page, { id });

  // Plugged in.
  await page.goto(at(`stations/${id}`));
  const tile = page.getByRole("list", { name: "Connectors" }).getByRole("listitem").first();
  await station.plugIn();
  await tile.getByText("Preparing").waitFor();

  // Charging: power, energy and who.
  await station.begin("DEMO-TAG-01");
  await tile.getByText("Charging", { exact: true }).waitFor();
  await station.charge(2500, 11_000);
  await tile.getByText("11 kW").waitFor();
  await tile.getByText("2.5 kWh").waitFor();

  // The session's own page moves as it charges.
  await page.getByRole("navigation", { name: "Station" }).getByRole("link", { name: "Sessions", exact: true }).click();
  await page.locator("tbody tr[data-index] a").first().click();
  await page.getByText("DEMO-TAG-01").first().waitFor();
  await station.charge(3200, 7000);
  await page.getByText("3.2 kWh").first().waitFor();
  await expectAccessible(page);

  // The stop, and why.
  await station.unplug();
  await page.getByText("The cable was unplugged from the car.").waitFor();
  await page.goto(at(`stations/${id}`));
  await tile.getByText("Available").waitFor();

  // The conversation, in this version's words.
  await page.goto(at(`stations/${id}?tab=messages`));
  await page.locator(`[data-action="${version === "1.6" ? "StopTransaction" : "TransactionEvent"}"]`).first().waitFor();
  expectClean(page);
});
