import { afterAll, expect, test } from "vitest";
import { reachable } from "./api";
import { at, browserForFile, expectAccessible, expectClean, signIn } from "./browser";
import { Station } from "./station";

const open = browserForFile();
const stations: Station[] = [];

afterAll(async () => {
  for (const station of stations) await station.close();
});

test("a station goes from added to charging while the page is watched", { timeout: 180_000 }, async () => {
  const page = await open();
  await signIn(page, "stations/new");
  const identity = `E2E-${String(Date.now())}`;

  // Added: URL and password are shown once, the ladder waits.
  await page.getByLabel("Identity").fill(identity);
  await page.getByLabel(/^Name/).fill("Watched station");
  const network = page.getByLabel("Network", { exact: true });
  if ((await network.count()) > 0) await network.selectOption({ index: 1 });
  await page.getByRole("button", { name: "Add station" }).click();
  await page.getByRole("heading", { level: 1, name: "Watched station" }).waitFor();
  await expectAccessible(page);
  const shown = async (label: string) => {
    await page.getByRole("button", { name: `Copy: ${label}`, exact: true }).click();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const url = reachable(await shown("Connection URL"));
  const password = await shown("Password");
  expect(password.length).toBeGreaterThanOrEqual(16);
  const step = (key: string, state: string) => page.locator(`[data-step="${key}"][data-state="${state}"]`);
  await step("REACHED", "WAITING").waitFor();

  // Refused: the rung fails with its fix, without a reload.
  await expect(Station.connect(url, "certainly-the-wrong-password")).rejects.toThrow("401");
  await step("CREDENTIAL", "FAILED").getByText("To fix it:").waitFor();

  // Let in: every rung passes.
  const station = await Station.connect(url, password);
  stations.push(station);
  expect(await station.boot()).toMatchObject({ status: "Accepted" });
  await station.status(0, "Available");
  await station.status(1, "Available");
  await station.status(2, "Available");
  await step("ONBOARDED", "PASSED").waitFor();
  await page.getByText("Onboarded. The station is ready to use.").waitFor();
  await page.getByRole("link", { name: "Open station" }).click();

  // Live tiles.
  const tiles = page.getByRole("list", { name: "Connectors" }).getByRole("listitem");
  await expect.poll(() => tiles.count()).toBe(2);
  await station.status(1, "Preparing");
  await tiles.first().getByText("Preparing").waitFor();
  await station.status(2, "Faulted", "GroundFailure");
  await tiles.nth(1).getByText("The residual current device has tripped. Have the installation checked.").waitFor();
  await expectAccessible(page);

  // A session, as it charges.
  const begun = await station.call("StartTransaction", { connectorId: 1, idTag: "DEMO-TAG-1", meterStart: 1000, timestamp: new Date().toISOString() });
  const transactionId = begun.transactionId as number;
  await station.status(1, "Charging");
  await station.call("MeterValues", {
    connectorId: 1,
    transactionId,
    meterValue: [
      {
        timestamp: new Date().toISOString(),
        sampledValue: [
          { value: "3500", measurand: "Energy.Active.Import.Register", unit: "Wh" },
          { value: "11000", measurand: "Power.Active.Import", unit: "W" },
        ],
      },
    ],
  });
  await tiles.first().getByText("Charging", { exact: true }).waitFor();
  await tiles.first().getByText("11 kW").waitFor();
  await tiles.first().getByText("2.5 kWh").waitFor();

  // Remote actions: asked from here, answered by the station.
  await page.getByRole("button", { name: "Remote actions" }).click();
  await page.getByRole("menuitem", { name: "Unlock connector" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Unlock", exact: true }).click();
  await page.locator('[data-command-status="ACCEPTED"]').waitFor();
  expect(station.asked.map(({ action }) => action)).toContain("UnlockConnector");
  await page.keyboard.press("Escape");

  // The conversation, with the live tail.
  await page.getByRole("link", { name: "Messages", exact: true }).click();
  await page.locator('[data-action="UnlockConnector"]').first().waitFor();
  await station.call("Heartbeat", {});
  await page.locator('[data-action="Heartbeat"]').first().waitFor();
  await page.locator('[data-action="StartTransaction"]').first().getByRole("button").click();
  await page.getByText(String(transactionId)).first().waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await station.call("Heartbeat", {});
  await page.getByRole("button", { name: /Show \d+ new/ }).waitFor();
  await page.getByRole("button", { name: "Copy for support" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(identity);
  expect(await page.evaluate(() => navigator.clipboard.readText())).not.toContain(password);

  // Settings it reported; a change is sent to it.
  await page.getByRole("link", { name: "Variables" }).click();
  await page.getByRole("button", { name: "Change HeartbeatInterval" }).click();
  await page.getByLabel("New value of HeartbeatInterval").fill("soon");
  await page.getByText("Enter a whole number.").waitFor();
  await page.getByLabel("New value of HeartbeatInterval").fill("120");
  await page.getByRole("button", { name: "Change MeterValueSampleInterval" }).click();
  await page.getByLabel("New value of MeterValueSampleInterval").fill("30");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Review and send" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Send 2 changes" }).click();
  await expect.poll(() => page.locator('[data-outcome="Accepted"]').count()).toBe(2);
  expect(station.asked.filter(({ action }) => action === "ChangeConfiguration").map(({ payload }) => payload)).toEqual([
    { key: "HeartbeatInterval", value: "120" },
    { key: "MeterValueSampleInterval", value: "30" },
  ]);
  await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  await page.locator('[data-variable="HeartbeatInterval"]').getByText("120").waitFor();

  // The session's end, in words.
  await station.call("StopTransaction", { transactionId, meterStop: 4200, timestamp: new Date().toISOString(), reason: "EVDisconnected", idTag: "DEMO-TAG-1" });
  await station.status(1, "Available");
  await page.getByRole("navigation", { name: "Station" }).getByRole("link", { name: "Sessions", exact: true }).click();
  await page.locator("tbody tr[data-index] a").first().click();
  await page.getByText("The cable was unplugged from the car.").waitFor();
  await page.getByText("3.2 kWh").first().waitFor();
  await expectAccessible(page);

  // Refused handshakes stay on record.
  await page.getByRole("link", { name: "Watched station" }).first().click();
  await page.getByRole("link", { name: "Connection attempts" }).click();
  await page.locator('[data-cause="WRONG_PASSWORD"]').getByText("To fix it:").waitFor();

  // Offline is said at once, and actions are refused with the reason.
  await station.close();
  stations.pop();
  await page.getByText("Offline").first().waitFor();
  await page.getByRole("button", { name: "Remote actions" }).click();
  await page.getByRole("menuitem", { name: /Reset.*The station is offline\./ }).waitFor();
  expectClean(page);
});

test("a station that is onboarded moves from one tab to the other by itself", async () => {
  const [pending, onboarded] = [await open(), await open()];
  await signIn(pending, "stations/new");
  const identity = `E2E-MOVES-${String(Date.now())}`;
  await pending.getByLabel("Identity").fill(identity);
  const network = pending.getByLabel("Network", { exact: true });
  if ((await network.count()) > 0) await network.selectOption({ index: 1 });
  await pending.getByRole("button", { name: "Add station" }).click();
  await pending.getByRole("button", { name: "Copy: Password", exact: true }).click();
  const password = await pending.evaluate(() => navigator.clipboard.readText());
  await pending.getByRole("button", { name: "Copy: Connection URL", exact: true }).click();
  const url = reachable(await pending.evaluate(() => navigator.clipboard.readText()));
  await pending.goto(at("stations?tab=pending"));
  await pending.getByRole("link", { name: identity }).waitFor();
  await signIn(onboarded, `stations?q=${identity}`);
  await onboarded.getByText("No station matches").waitFor();

  const station = await Station.connect(url, password);
  stations.push(station);
  await station.boot();
  await station.status(1, "Available");

  await onboarded.getByRole("link", { name: identity }).waitFor();
  await pending.getByRole("link", { name: identity }).waitFor({ state: "detached" });
  expectClean(pending);
  expectClean(onboarded);
});
