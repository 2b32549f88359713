import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { test } from "vitest";
import { at, signIn, browserForFile } from "./browser";

// Pictures of every page, to look at: BUSBAR_SCREENSHOTS=folder npm run e2e

const folder = process.env.BUSBAR_SCREENSHOTS ?? "";
const open = browserForFile();

const looks = [
  { name: "light", options: { colorScheme: "light" as const } },
  { name: "dark", options: { colorScheme: "dark" as const } },
  { name: "phone", options: { colorScheme: "light" as const, viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 } },
  { name: "wide", options: { colorScheme: "dark" as const, viewport: { width: 1920, height: 1080 } } },
];

async function settle(page: Page) {
  await page.waitForLoadState("networkidle").catch(() => undefined);
  await page.locator("[role=status][aria-label=Loading]").first().waitFor({ state: "detached" });
}

async function firstLink(page: Page, list: string, part: string): Promise<string | undefined> {
  await page.goto(at(list));
  await settle(page);
  const link = page.locator(`tbody a[href*="/${part}/"]`).first();
  return (await link.count()) === 0 ? undefined : ((await link.getAttribute("href")) ?? undefined);
}

test.each(looks)("$name", { timeout: 180_000 }, async ({ name, options }) => {
  mkdirSync(folder, { recursive: true });
  const page = await open(options);
  const shoot = async (file: string) => {
    await page.screenshot({ path: join(folder, `${file}-${name}.png`), fullPage: true });
  };
  await page.goto(at("/login"));
  await page.getByLabel("Email").waitFor();
  await shoot("sign-in");
  await page.goto(at("/invite/token"));
  await page.getByRole("heading").waitFor();
  await shoot("invitation");
  await signIn(page);
  const station = await firstLink(page, "stations", "stations");
  const pending = await firstLink(page, "stations?tab=pending", "stations");
  const session = await firstLink(page, "sessions", "sessions");
  const location = await firstLink(page, "locations", "locations");
  const pages: [string, string | undefined][] = [
    ["stations", "stations"],
    ["stations-pending", "stations?tab=pending"],
    ["add-station", "stations/new"],
    ["bulk", "bulk"],
    ["sessions", "sessions"],
    ["session", session],
    ["locations", "locations"],
    ["location", location],
    ["station", station],
    ["station-pending", pending],
    ["settings-general", "settings/general"],
    ["settings-networks", "settings/networks"],
    ["settings-firmware", "settings/firmware"],
    ["settings-members", "settings/members"],
    ["settings-api-keys", "settings/api-keys"],
    ["settings-audit-log", "settings/audit-log"],
    ...["sessions", "messages", "variables", "charging", "reservations", "local-list", "monitoring", "firmware", "commands", "settings"].map((tab): [string, string | undefined] => [`station-${tab}`, station && `${station}?tab=${tab}`]),
    ["station-attempts", pending && `${pending}${pending.includes("?") ? "&" : "?"}tab=attempts`],
  ];
  for (const [file, path] of pages) {
    if (path == null) continue;
    await page.goto(at(path));
    await settle(page);
    await shoot(file);
  }
  if (station != null) {
    await page.goto(at(station));
    await page.getByRole("button", { name: "Remote actions" }).click();
    await page.getByRole("menuitem", { name: "Reset" }).waitFor();
    await shoot("menu");
    await page.getByRole("menuitem", { name: "Reset" }).click();
    await page.getByRole("dialog").waitFor();
    await shoot("dialog");
  }
});
