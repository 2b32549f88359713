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

test.each(looks)("$name", { timeout: 300_000 }, async ({ name, options }) => {
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
    ["charges", "charges"],
    ["issues", "issues"],
    ["tariffs", "tariffs"],
    ["add-tariff", "tariffs/new"],
    ["security", "security"],
    ...["certificates", "operations", "approvals", "authorities", "plug-and-charge", "server"].map((tab): [string, string] => [`security-${tab}`, `security?tab=${tab}`]),
    ["station", station],
    ["station-pending", pending],
    ["settings-general", "settings/general"],
    ["settings-networks", "settings/networks"],
    ["settings-firmware", "settings/firmware"],
    ["settings-members", "settings/members"],
    ["settings-api-keys", "settings/api-keys"],
    ["settings-audit-log", "settings/audit-log"],
    ...["sessions", "messages", "variables", "charging", "reservations", "local-list", "monitoring", "firmware", "security", "commands", "settings"].map((tab): [string, string | undefined] => [`station-${tab}`, station && `${station}?tab=${tab}`]),
    ["station-attempts", pending && `${pending}${pending.includes("?") ? "&" : "?"}tab=attempts`],
  ];
  for (const [file, path] of pages) {
    if (path == null) continue;
    await page.goto(at(path));
    await settle(page);
    await shoot(file);
  }
  // What opens over a station's tabs.
  for (const [tab, button] of [
    ["charging", "Set profile"],
    ["reservations", "Reserve"],
    ["local-list", "Send all"],
    ["monitoring", "Add monitor"],
    ["firmware", "Update firmware"],
    ["firmware", "Ask for a log"],
    ["security", "Upgrade…"],
  ] as const) {
    if (station == null) continue;
    await page.goto(at(`${station}?tab=${tab}`));
    await settle(page);
    const opens = page.getByRole("button", { name: button });
    if ((await opens.count()) === 0 || !(await opens.isEnabled())) continue;
    await opens.click();
    await page.getByRole("dialog").waitFor();
    await settle(page);
    await shoot(`dialog-${button.toLowerCase().replaceAll(" ", "-")}`);
  }
  await page.goto(at("settings/firmware"));
  await page.getByRole("button", { name: "Upload firmware" }).first().click();
  await page.getByRole("dialog").waitFor();
  await shoot("dialog-upload-firmware");

  // Many stations at once.
  const bar = page.getByRole("region", { name: "Selected stations" });
  const select = async () => {
    await page.goto(at("stations"));
    await settle(page);
    await page.getByRole("checkbox", { name: "Select all" }).check();
  };
  await select();
  await bar.getByRole("button", { name: "Compare a variable" }).click();
  await page.getByLabel("Which variable").fill("HeartbeatInterval");
  await page.getByRole("button", { name: /HeartbeatInterval$/ }).first().click();
  await settle(page);
  await shoot("compare");
  await select();
  await shoot("stations-selected");
  await bar.getByRole("button", { name: "Give a command" }).click();
  await page.getByRole("dialog").getByLabel("Command").selectOption("trigger");
  await shoot("dialog-bulk");
  await page.getByRole("button", { name: /^Give to/ }).click();
  await page.getByRole("heading", { level: 1, name: "Ask for a message" }).waitFor();
  await settle(page);
  await shoot("bulk-command");

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
