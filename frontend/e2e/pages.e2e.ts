import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { at, browserForFile, expectAccessible, expectClean, signIn } from "./browser";

const open = browserForFile();

const looks = [
  { name: "light", options: { colorScheme: "light" as const } },
  // What the colours and the width can change; the rest is the same document.
  { name: "dark", options: { colorScheme: "dark" as const }, rules: ["color-contrast"] },
  { name: "phone", options: { colorScheme: "light" as const, viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }, rules: ["color-contrast", "target-size", "button-name", "link-name", "scrollable-region-focusable"] },
];

async function first(page: Page, list: string, part: string): Promise<string> {
  await page.goto(at(list));
  const href = await page.locator(`tbody a[href*="/${part}/"]`).first().getAttribute("href");
  if (href == null) throw new Error(`${list} lists nothing`);
  return href;
}

const tab = (path: string, name: string) => `${path}${path.includes("?") ? "&" : "?"}tab=${name}`;

test.each(looks)("every page is accessible, fits and complains of nothing: $name", { timeout: 180_000 }, async ({ options, rules }) => {
  const page = await open(options);
  await signIn(page);
  const station = await first(page, "stations", "stations");
  const pending = await first(page, "stations?tab=pending", "stations");
  const session = await first(page, "sessions", "sessions");
  const location = await first(page, "locations", "locations");
  const tariff = await first(page, "tariffs", "tariffs");
  const driver = await first(page, "drivers", "drivers");
  const paths = [
    "stations",
    "stations?tab=pending",
    "stations/new",
    "bulk",
    "sessions",
    session,
    "locations",
    location,
    "charges",
    "issues",
    "tariffs",
    "tariffs/new",
    tariff,
    `${tariff}/edit`,
    "drivers",
    driver,
    "payments",
    "reconciliations",
    "security",
    ...["certificates", "operations", "approvals", "authorities", "server"].map((name) => tab("security", name)),
    station,
    pending,
    ...["sessions", "messages", "variables", "charging", "reservations", "local-list", "monitoring", "firmware", "security", "commands", "settings"].map((name) => tab(station, name)),
    tab(pending, "attempts"),
    ...["general", "networks", "firmware", "members", "api-keys", "audit-log"].map((section) => `settings/${section}`),
  ];
  for (const path of paths) {
    await page.goto(at(path));
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.locator("[role=status][aria-label=Loading]").first().waitFor({ state: "detached" });
    await expectAccessible(page, rules);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow, `${path} is wider than the screen`).toBeLessThanOrEqual(0);
  }
  expectClean(page);
});

test("a page that isn't there says so", async () => {
  const page = await open();
  await signIn(page);
  await page.goto(at("nowhere"));
  await page.getByText("Nothing here").waitFor();
  await page.goto(at("stations/00000000-0000-7000-8000-000000000000"));
  await page.getByText("This station does not exist, or you can't see it.").waitFor();
});
