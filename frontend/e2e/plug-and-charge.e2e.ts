import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { at, browserForFile, expectAccessible, expectClean, signIn } from "./browser";

const open = browserForFile();

/** The certificate of an authority that nobody has seen before, as a file. */
function authority(name: string): { pem: string; file: string; gone: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "busbar-root-"));
  const file = join(folder, "root.pem");
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650", "-subj", `/CN=${name}`, "-keyout", join(folder, "key.pem"), "-out", file], {
    stdio: "ignore",
    timeout: 20_000,
  });
  return {
    pem: readFileSync(file, "utf8"),
    file,
    gone: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

test("a root is looked at, trusted and distrusted again", { timeout: 120_000 }, async () => {
  const page = await open();
  const hub = authority("Hub Root of the Test");
  try {
    await signIn(page, "security");
    await page.getByRole("link", { name: "Plug & Charge" }).or(page.getByRole("tab", { name: "Plug & Charge" })).first().click();
    await page.getByRole("heading", { name: "How a contract is judged" }).waitFor();
    await expectAccessible(page);

    await page.getByRole("button", { name: "Trust a root" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Hub of the test");
    await dialog.getByLabel("Certificate").fill("not a certificate");
    await dialog.getByRole("button", { name: "Next" }).click();
    await dialog.getByText("The certificate can't be used").waitFor();
    await expectAccessible(page);
    await dialog.getByLabel("Or from a file").setInputFiles(hub.file);
    await expect.poll(() => dialog.getByLabel("Certificate").inputValue()).toBe(hub.pem);
    await dialog.getByRole("button", { name: "Next" }).click();
    await dialog.getByText("CN=Hub Root of the Test").waitFor();
    await dialog.getByRole("meter").waitFor();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Trust it" }).click();
    const row = page.getByRole("list", { name: "Trusted roots of contracts" }).getByRole("listitem").filter({ hasText: "Hub of the test" });
    await row.getByText("V2G root").waitFor();
    await expectAccessible(page);

    await row.getByRole("button", { name: "Stop trusting Hub of the test" }).click();
    await dialog.getByText("Contracts of every mobility operator under this V2G root are refused").waitFor();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Stop trusting" }).click();
    await row.waitFor({ state: "detached" });
    expectClean(page);
  } finally {
    hub.gone();
  }
});

test("an operator is set, its token is never shown again, and without it the one of the server counts", { timeout: 120_000 }, async () => {
  const page = await open();
  await signIn(page, "security?tab=plug-and-charge");
  const panel = page.locator("section").filter({ has: page.getByRole("heading", { name: "Operator of Plug & Charge" }) });
  await panel.getByText("the operator that whoever runs this server named is asked").waitFor();
  await panel.getByRole("button", { name: "Set an operator" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Address").fill("pnc.example");
  await dialog.getByLabel("Token").fill("a-token-of-the-test");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("It must be a whole URL").waitFor();
  await expectAccessible(page);
  await dialog.getByLabel("Address").fill("https://pnc.example/busbar");
  await dialog.getByRole("button", { name: "Save" }).click();
  await panel.getByText("https://pnc.example/busbar").waitFor();
  await expectAccessible(page);

  await page.goto(at("security?tab=plug-and-charge"));
  await panel.getByText("https://pnc.example/busbar").waitFor();
  expect(await page.content()).not.toContain("a-token-of-the-test");
  await panel.getByRole("button", { name: "Change the operator" }).click();
  expect(await dialog.getByLabel("Token").inputValue()).toBe("");
  await dialog.getByRole("button", { name: "Cancel" }).click();

  await panel.getByRole("button", { name: "Remove the operator" }).click();
  await dialog.getByText("the operator that whoever runs this server named is asked").waitFor();
  await dialog.getByRole("button", { name: "Remove the operator" }).click();
  await panel.getByText("the operator that whoever runs this server named is asked").waitFor();
  expectClean(page);
});
