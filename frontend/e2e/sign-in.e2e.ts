import { expect, test } from "vitest";
import { at, browserForFile, expectAccessible, expectClean, owner, signIn } from "./browser";

const open = browserForFile();

test("a wrong password is refused, the right one leads to where one wanted to go", async () => {
  const page = await open();
  await page.goto(at("stations?tab=pending"));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Enter an email address.").waitFor();
  await page.getByLabel("Email").fill(owner.email);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("Email or password is wrong.").waitFor();
  await expectAccessible(page);

  await page.getByLabel("Password").fill(owner.password);
  await page.getByLabel("Password").press("Enter");
  await page.getByRole("heading", { name: "Stations" }).waitFor();
  expect(new URL(page.url()).search).toContain("tab=pending");
  expectClean(page);
});

test("the bare address leads to the tenant; signing out leads back", async () => {
  const page = await open();
  await signIn(page);
  await page.goto(at("/"));
  await page.getByRole("heading", { name: "Stations" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/t/demo/stations");
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.goto(at("stations"));
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

test("a session that has ended leads to signing in, and back", async () => {
  const page = await open();
  await signIn(page);
  await page.locator("tbody tr[data-index]").first().waitFor();
  await page.context().clearCookies();
  await page.getByRole("link", { name: "Sessions" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByLabel("Email").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByLabel("Password").press("Enter");
  await page.getByRole("heading", { level: 1, name: "Sessions" }).waitFor();
  expect(await page.title()).toBe("Sessions · Busbar");
});

test("the portal speaks the language that is chosen, and remembers it", async () => {
  const page = await open();
  await signIn(page);
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Deutsch" }).click();
  await page.getByRole("heading", { level: 1, name: "Ladestationen" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Ladestationen" }).waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("de");
  await expectAccessible(page);
  expectClean(page);
});

test("another tenant's address shows nothing of it", async () => {
  const page = await open();
  await signIn(page);
  await page.goto(at("/t/no-such-tenant/stations"));
  await page.getByText("You have no access to “no-such-tenant”, or it does not exist.").waitFor();
});

test("no other site is led to after signing in", async () => {
  const page = await open();
  await page.goto(at("/login?next=//evil.example/"));
  await page.getByLabel("Email").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname !== "/login");
  expect(new URL(page.url()).origin).toBe(new URL(at("/")).origin);
});
