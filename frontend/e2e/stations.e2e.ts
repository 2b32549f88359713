import { expect, test } from "vitest";
import { at, browserForFile, expectClean, signIn } from "./browser";

const open = browserForFile();

test("the list is filtered, sorted and searched, and its address says how", async () => {
  const page = await open();
  await signIn(page);
  const rows = page.locator("tbody tr[data-index]");
  await rows.first().waitFor();
  const all = await rows.count();
  const name = (await rows.first().getByRole("link").first().textContent()) ?? "";

  await page.keyboard.press("/");
  await page.keyboard.type(name);
  await page.waitForURL(/[?&]q=/);
  await expect.poll(() => rows.count()).toBeLessThanOrEqual(all);
  await page.getByRole("link", { name, exact: true }).waitFor();

  await page.getByRole("searchbox").fill("no such station anywhere");
  await page.getByText("No station matches").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect.poll(() => rows.count()).toBe(all);

  await page.getByRole("button", { name: "Status", exact: true }).click();
  await page.getByRole("option", { name: "Faulted" }).click();
  await page.keyboard.press("Escape");
  await page.waitForURL(/status=FAULTED/);
  await page.reload();
  await page.getByRole("button", { name: /^Status/ }).getByText("Faulted").waitFor();
  await page.getByRole("button", { name: "Clear filter: Status" }).click();

  await page.getByRole("button", { name: "Name", exact: true }).click();
  await page.waitForURL(/dir=desc/);
  expectClean(page);
});

test("rows are reached, selected and opened from the keyboard", async () => {
  const page = await open();
  await signIn(page);
  const links = page.locator("tbody tr[data-index] td:nth-child(2) a");
  await links.first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("x");
  await page.getByText("1 selected").waitFor();
  await page.getByRole("button", { name: "Clear selection" }).click();
  const second = (await links.nth(1).textContent()) ?? "";
  await links.nth(1).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: second }).waitFor();
  expectClean(page);
});

test("columns hide, and stay hidden", async () => {
  const page = await open();
  await signIn(page);
  await page.getByRole("columnheader", { name: "Location" }).waitFor();
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Location" }).click();
  await page.getByRole("columnheader", { name: "Location" }).waitFor({ state: "detached" });
  await page.reload();
  await page.getByRole("columnheader", { name: "Connectors" }).waitFor();
  expect(await page.getByRole("columnheader", { name: "Location" }).count()).toBe(0);
});

test("one network narrows everything, and the address keeps it", async () => {
  const page = await open();
  await signIn(page);
  const rows = page.locator("tbody tr[data-index]");
  await rows.first().waitFor();
  const all = await rows.count();
  await page.getByRole("button", { name: "Change tenant or network" }).click();
  await page.getByRole("menuitem").nth(1).click();
  await page.waitForURL(/network=/);
  await rows.first().waitFor();
  await expect.poll(() => rows.count()).toBeLessThan(all);
  await page.getByRole("link", { name: "Sessions" }).click();
  await page.getByRole("heading", { level: 1, name: "Sessions" }).waitFor();
  expect(page.url()).toMatch(/network=/);
  expectClean(page);
});

test("the palette finds stations, pages and actions", async () => {
  const page = await open();
  await signIn(page);
  const link = page.locator("tbody tr[data-index] a").first();
  const name = (await link.textContent()) ?? "";
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("combobox", { name: "Search and commands" }).fill(name);
  await page.getByRole("group", { name: "Stations" }).getByRole("option", { name }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name }).waitFor();
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("combobox").fill("dark");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
  await page.reload();
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
  expectClean(page);
});

test("a lost connection is said quietly, and what was missed is fetched", async () => {
  const page = await open();
  let refuse = false;
  const sockets: { close: () => Promise<void> }[] = [];
  await page.routeWebSocket(/\/graphql$/, (socket) => {
    if (refuse) {
      void socket.close({ code: 1012 });
      return;
    }
    socket.connectToServer();
    sockets.push(socket);
  });
  await signIn(page);
  await page.locator("tbody tr[data-index]").first().waitFor();
  await expect.poll(() => sockets.length).toBeGreaterThan(0);
  refuse = true;
  for (const socket of sockets) await socket.close();
  await page.getByText("Live updates are paused. Connecting again…").waitFor();
  const refetched = page.waitForRequest((request) => request.url().endsWith("/graphql") && request.postData()?.includes('"operationName":"Stations"') === true);
  refuse = false;
  await refetched;
  await page.getByText("Live updates are paused. Connecting again…").waitFor({ state: "detached" });
});

test("an address opens with its filters set", async () => {
  const page = await open();
  await signIn(page, "stations?online=no&q=zzz");
  await page.getByText("No station matches").waitFor();
  expect(await page.getByRole("searchbox").inputValue()).toBe("zzz");
  expect(page.url()).toBe(at("stations?online=no&q=zzz"));
});
