import { existsSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject } from "vitest";

export const owner = { email: process.env.BUSBAR_E2E_EMAIL ?? "owner@demo.example", password: process.env.BUSBAR_E2E_PASSWORD ?? "busbar-demo", tenant: "demo" };

const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

function executable(): string {
  const found = [process.env.BUSBAR_CHROMIUM, ...usual, chromium.executablePath()].find((path) => path != null && existsSync(path));
  if (found == null) throw new Error("No Chromium found. Install Debian's package chromium, run npx playwright-core install chromium, or name one in BUSBAR_CHROMIUM.");
  return found;
}

/** The address of a page of the demo tenant. */
export function at(path: string): string {
  return new URL(path.startsWith("/") ? path : `/t/${owner.tenant}/${path}`, inject("url")).href;
}

/** A browser for the tests of one file; each page comes with a profile of its own. Flags of its own are for what the machine lacks. */
export function browserForFile(...flags: string[]) {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: executable(),
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...flags],
    });
  });
  afterAll(async () => {
    await browser?.close();
  });
  return async (options: BrowserContextOptions = {}): Promise<Page> => {
    if (browser == null) throw new Error("the browser has not started");
    const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, locale: "en-GB", timezoneId: "Europe/Berlin", reducedMotion: "reduce", ...options });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    watch(page);
    return page;
  };
}

const faults = new WeakMap<Page, string[]>();

// A refused request is reported on the console by the browser itself; tests that provoke one say so by their own expectations.
const expected = /status of (?:401|403|429)|WebSocket connection to|net::ERR_/;

function watch(page: Page) {
  const list: string[] = [];
  faults.set(page, list);
  page.on("pageerror", (error) => list.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !expected.test(message.text())) list.push(message.text());
  });
}

/** Neither an exception nor an error on the console, content security policy included. */
export function expectClean(page: Page) {
  expect(faults.get(page) ?? []).toEqual([]);
}

/** What axe finds wrong with a page: nothing, by every rule of WCAG 2.2 AA or by those that are named. */
export async function expectAccessible(page: Page, rules?: string[]) {
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules == null ? axe.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]) : axe.withRules(rules)).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary ?? ""}`).join("\n")}`)).toEqual([]);
}

const pictures = process.env.BUSBAR_E2E_PICTURES ?? "";

/** Keeps what a page shows at this moment in every look, to look at: BUSBAR_E2E_PICTURES=folder npm run e2e. Otherwise it does nothing. */
export async function picture(page: Page, name: string) {
  if (pictures === "") return;
  const before = page.viewportSize();
  for (const [look, colorScheme, width, height] of [
    ["light", "light", 1360, 860],
    ["dark", "dark", 1360, 860],
    ["phone", "light", 390, 844],
    ["wide", "dark", 1920, 1080],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    // Colours change by a transition, however short, and what inherits them follows frames later.
    await page.evaluate(async () => {
      for (let frame = 0; frame < 20; frame++) await new Promise((next) => requestAnimationFrame(next));
    });
    await page.screenshot({ path: join(pictures, `${name}-${look}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: null });
  if (before != null) await page.setViewportSize(before);
}

export async function signIn(page: Page, path = "stations", email = owner.email) {
  await page.goto(at(path));
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Main" }).or(page.getByRole("button", { name: "Open navigation" })).first().waitFor();
}
