import { connect as dial } from "node:net";
import { connect } from "node:tls";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { ask } from "./api";
import { at, browserForFile, expectAccessible, expectClean, picture, signIn } from "./browser";
import { SecureStation } from "./secure-station";

// Stations that are really connected, over TLS from profile 2 on: what the pages begin is carried out, and what comes of it is shown.

const open = browserForFile();
const run = String(Date.now() % 1_000_000);

const security = async (page: Page, station: SecureStation) => {
  await page.goto(at(`stations/${station.id}?tab=security`));
  await page.getByRole("heading", { name: "Security profile" }).waitFor();
};
const operation = (page: Page, kind: string, status: string) => page.locator(`li[data-kind=${kind}][data-status=${status}]`);

/** Signs in, and has a station for as long as a test takes. */
async function withStation(number: number, profile: number, test: (page: Page, station: SecureStation) => Promise<void>) {
  const page = await open();
  // What a station answers while the server is still at the step before is seen half a minute later.
  page.setDefaultTimeout(90_000);
  await signIn(page);
  const station = await SecureStation.start(page, `SEC-${run}-${String(number)}`, `127.0.1.${String(number)}`);
  try {
    for (let next = 2; next <= profile; next++) await station.bring(page, next);
    await test(page, station);
    expectClean(page);
  } catch (error) {
    // Why the test failed counts, and not what comes of that here.
    await station.remove(page).catch(() => undefined);
    throw error;
  }
  await station.remove(page);
}

test("the wizard brings a station from a password to TLS and to a certificate, and shows every step", { timeout: 300_000 }, async () => {
  await withStation(1, 1, async (page, station) => {
    await ask(page, "mutation { createCertificateAuthority(input: {}) { certificateAuthorities { id } } }");
    await security(page, station);
    await page.getByText("1 – password").first().waitFor();
    await picture(page, "profile-1");

    await page.getByRole("button", { name: "Upgrade…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("radio").first().waitFor();
    expect(await dialog.getByRole("radio").evaluateAll((all) => all.map((radio) => (radio as HTMLInputElement).value))).toEqual(["0", "1", "2", "3"]);
    await picture(page, "wizard-choose");
    await dialog.getByRole("radio", { name: /^2/ }).check();
    await dialog.getByRole("button", { name: "Next" }).click();
    await dialog.getByText("This server takes TLS connections.").waitFor();
    await dialog.getByText("All are online.").waitFor();
    await expectAccessible(page);
    await picture(page, "wizard-check");

    let go = station.hold("connect");
    await dialog.getByRole("button", { name: "Begin", exact: true }).click();
    await dialog.locator("li[data-status=RUNNING] li[data-step=CONNECT]").getByText("Waiting for the station to connect by security profile 2.").waitFor();
    await dialog.getByText(/Step 15 of 17/).waitFor();
    await dialog.locator("li[data-step=INSTALL_ROOT]").getByText("The station took the root.").waitFor();
    await expectAccessible(page);
    await picture(page, "wizard-running");
    await dialog.getByRole("button", { name: "Close" }).first().click();
    // While that runs, nothing else is offered.
    await page.getByText("Something is being done already").waitFor();
    for (const name of ["Upgrade…", "Renew certificate", "New password"]) expect(await page.getByRole("button", { name }).isDisabled()).toBe(true);
    await picture(page, "upgrade-running");
    go();
    await operation(page, "PROFILE", "COMPLETED").waitFor();
    await page.getByText("2 – password over TLS").nth(1).waitFor();
    expect(await station.look(page)).toMatchObject({ securityProfile: 2, connection: { online: true, securityProfile: 2 } });
    await page.getByRole("list", { name: "Roots that the station trusts" }).getByText("This system").waitFor();
    await picture(page, "profile-2");

    go = station.hold("request");
    await page.getByRole("button", { name: "Upgrade…" }).click();
    expect(await dialog.getByRole("radio", { name: /^3/ }).isChecked()).toBe(true);
    await dialog.getByRole("button", { name: "Next" }).click();
    await dialog.getByText("Your certificate authority is ready.").waitFor();
    await dialog.getByRole("button", { name: "Begin", exact: true }).click();
    await dialog.locator("li[data-step=SIGN]").getByText("Waiting for the station's request.").waitFor();
    go();
    await dialog.locator("li[data-status=COMPLETED]").waitFor();
    await dialog.locator("li[data-step=REQUIRE]").getByText("Security profile 3 is required from now on.").waitFor();
    await expectAccessible(page);
    await picture(page, "wizard-done");
    await dialog.getByRole("button", { name: "Close" }).first().click();
    await page.getByRole("list", { name: "Certificates" }).locator("li[data-status=IN_USE]").getByText("The station connects with it.").waitFor();
    await page.getByText("3 – certificate over TLS").nth(1).waitFor();
    expect(await page.getByRole("button", { name: "New password" }).count()).toBe(0);
    await expectAccessible(page);
    await picture(page, "profile-3");
    await page.goto(at("security"));
    await page.getByRole("heading", { name: "Who is on which profile" }).waitFor();
    await page.getByText("1 certificate in use").waitFor();
    await picture(page, "overview-with-certificate");
  });
});

test("what a station refuses ends in words, what is stopped is taken back, and the old way counts", { timeout: 300_000 }, async () => {
  await withStation(8, 1, async (page, station) => {
    await security(page, station);
    const dialog = page.getByRole("dialog");
    const begin = async () => {
      await page.getByRole("button", { name: "Upgrade…" }).click();
      await dialog.getByRole("radio", { name: /^2/ }).check();
      await dialog.getByRole("button", { name: "Next" }).click();
      await dialog.getByRole("button", { name: "Begin", exact: true }).click();
    };
    station.refuses.add("InstallCertificate");
    await begin();
    await dialog.locator("li[data-status=FAILED]").getByText(/^The station refused/).first().waitFor();
    await expectAccessible(page);
    await picture(page, "wizard-failed");
    await dialog.getByRole("button", { name: "Close" }).first().click();
    await operation(page, "PROFILE", "FAILED").waitFor();
    expect(await station.look(page)).toMatchObject({ securityProfile: 1, connection: { online: true, securityProfile: 1 } });

    station.refuses.clear();
    const go = station.hold("connect");
    await begin();
    await dialog.getByText(/Step 15 of 17/).waitFor();
    await dialog.getByRole("button", { name: /^Cancel: / }).click();
    await picture(page, "stop-dialog");
    await page.getByRole("button", { name: "Stop it" }).click();
    await dialog.locator("li[data-status=CANCELLED]").waitFor();
    await dialog.getByText("It was cancelled by Demo Owner.").first().waitFor();
    await expectAccessible(page);
    await picture(page, "wizard-cancelled");
    await dialog.getByRole("button", { name: "Close" }).first().click();
    go();
    await expect.poll(async () => (await station.look(page)).connection.online, { timeout: 30_000 }).toBe(true);
    expect((await station.look(page)).securityProfile).toBe(1);
  });
});

test("a certificate is renewed by hand, and the one before counts no more", { timeout: 300_000 }, async () => {
  await withStation(2, 3, async (page, station) => {
    await security(page, station);
    const held = page.getByRole("list", { name: "Certificates" });
    await held.locator("li[data-status=IN_USE]").waitFor();
    await page.getByRole("button", { name: "Renew certificate" }).click();
    const dialog = page.getByRole("dialog");
    await picture(page, "renew-dialog");
    await dialog.getByRole("button", { name: "Renew certificate" }).click();
    await dialog.waitFor({ state: "detached" });
    await operation(page, "RENEWAL", "COMPLETED").waitFor();
    await held.locator("li[data-status=SUPERSEDED]").waitFor();
    expect(await held.locator("li").evaluateAll((all) => all.map((item) => (item as HTMLElement).dataset.status))).toEqual(["IN_USE", "SUPERSEDED"]);
    await expectAccessible(page);
    await picture(page, "renewed");
  });
});

test("a certificate that is revoked cuts its station off, and says why it stays out", { timeout: 300_000 }, async () => {
  await withStation(3, 3, async (page, station) => {
    await security(page, station);
    const cut = station.cut;
    await page.getByRole("button", { name: /^Revoke / }).click();
    const dialog = page.getByRole("dialog");
    await expectAccessible(page);
    await picture(page, "revoke-dialog");
    await dialog.getByRole("button", { name: "Revoke", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    await cut;
    await station.out;
    expect(station.refusals[0]).toContain("401");
    const revoked = page.getByRole("list", { name: "Certificates" }).locator("li[data-status=REVOKED]");
    await revoked.getByText("Somebody else may have the key").waitFor();
    expect(await revoked.getByRole("button", { name: /^Revoke/ }).count()).toBe(0);
    expect(await revoked.getByText(/days left/).count()).toBe(0);
    await page.getByText("Not connected").waitFor();
    await page.getByRole("heading", { name: "Last failure of TLS" }).waitFor();
    await page.getByText("Certificate withdrawn").waitFor();
    await page.getByText(/with the number .* was revoked\./).waitFor();
    await expectAccessible(page);
    await picture(page, "revoked");
    await page.goto(at("security?tab=certificates"));
    await page.locator("[data-status=REVOKED]").or(page.getByText("Revoked", { exact: true })).first().waitFor();
    await picture(page, "certificates-revoked");
  });
});

test("a handshake that is refused is told in words on the station's page", { timeout: 300_000 }, async () => {
  await withStation(4, 2, async (page, station) => {
    await security(page, station);
    expect(await page.getByRole("heading", { name: "Last failure of TLS" }).count()).toBe(0);
    const { serverTLS } = await ask<{ serverTLS: { url: string } }>(page, "{ serverTLS { url } }");
    const { hostname, port } = new URL(serverTLS.url);
    await new Promise<void>((resolve, reject) => {
      const old = connect({ socket: dial({ host: hostname, port: Number(port), localAddress: "127.0.1.4" }), minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0", rejectUnauthorized: false });
      old.once("error", () => {
        resolve();
      });
      old.once("secureConnect", () => {
        reject(new Error("TLS 1.1 was let in"));
      });
    });
    const look = async () => (await ask<{ station: { lastTLSFailure: { cause: string } | null } }>(page, "query($id: ID!) { station(id: $id) { lastTLSFailure { cause } } }", { id: station.id })).station.lastTLSFailure?.cause;
    await expect.poll(look, { timeout: 20_000 }).toBe("TLS_VERSION");
    await page.reload();
    await page.getByRole("heading", { name: "Last failure of TLS" }).waitFor();
    await page.getByText("TLS too old").waitFor();
    await page.getByText("The station offers at most TLS 1.1, and this port speaks TLS 1.2 and 1.3.").waitFor();
    await expectAccessible(page);
    await picture(page, "tls-failure");
  });
});

test("a station gets a new password over its connection, and only that counts once it was seen", { timeout: 300_000 }, async () => {
  await withStation(5, 2, async (page, station) => {
    await security(page, station);
    const cut = station.cut;
    const go = station.hold("connect");
    await page.getByRole("button", { name: "New password" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "New password" }).click();
    await dialog.waitFor({ state: "detached" });
    await operation(page, "PASSWORD", "RUNNING").locator("li[data-step=USE]").getByText("Waiting for the station to connect with its new password.").waitFor();
    await cut;
    await expectAccessible(page);
    await picture(page, "password-running");
    go();
    await operation(page, "PASSWORD", "COMPLETED").waitFor();
    await operation(page, "PASSWORD", "COMPLETED").locator("summary").click();
    await page.getByText("The station connected with its new password. The old one counts no more.").first().waitFor();
    await picture(page, "password-done");
  });
});

test("the next root is installed everywhere before it signs", { timeout: 300_000 }, async () => {
  await withStation(6, 3, async (page, station) => {
    await page.goto(at("security?tab=authorities"));
    await page.getByRole("heading", { name: "Change the root" }).waitFor();
    await page.getByRole("button", { name: "Prepare", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason").fill("The old one ends this year");
    await picture(page, "rotation-prepare");
    await dialog.getByRole("button", { name: "Prepare", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    const own = page.getByRole("list", { name: "Your certificate authority" });
    await own.locator("li[data-kind=ROOT][data-status=NEXT]").getByText("0 of 1 stations have confirmed it").waitFor();
    await expectAccessible(page);
    await picture(page, "rotation-prepared");

    // It can't be activated over the head of a station that doesn't trust it yet.
    await page.getByRole("button", { name: "Activate", exact: true }).click();
    await dialog.getByText("1 station hasn't confirmed it yet").waitFor();
    await dialog.getByRole("button", { name: "Activate", exact: true }).click();
    await dialog.getByRole("alert").waitFor();
    await picture(page, "rotation-too-early");
    await dialog.getByRole("button", { name: "Cancel" }).click();

    await page.getByRole("button", { name: "Install everywhere" }).click();
    await page.getByText("Begun for 1 station.").waitFor();
    await own.locator("li[data-kind=ROOT][data-status=NEXT]").getByText("1 of 1 stations have confirmed it").waitFor({ timeout: 60_000 });
    await picture(page, "rotation-installed");
    await page.getByRole("button", { name: "Activate", exact: true }).click();
    await expectAccessible(page);
    await picture(page, "rotation-activate");
    await dialog.getByRole("button", { name: "Activate", exact: true }).click();
    await page.getByText("The new root signs from now on.").waitFor();
    await own.locator("li[data-kind=ROOT][data-status=RETIRING]").waitFor();
    expect(await own.locator("li[data-kind=ROOT]").evaluateAll((all) => all.map((item) => (item as HTMLElement).dataset.status))).toEqual(["ACTIVE", "RETIRING"]);
    await expectAccessible(page);
    await picture(page, "rotation-activated");
    // The station was signed for under the old root, and is in all the same.
    expect((await station.look(page)).connection).toEqual({ online: true, securityProfile: 3 });
  });
});

test("a second person decides what one asked for, who can only take it back", { timeout: 300_000 }, async () => {
  await withStation(7, 2, async (page, station) => {
    const ask = async (reason: string) => {
      await security(page, station);
      await page.getByRole("button", { name: "Upgrade…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("radio", { name: /^1/ }).check();
      await dialog.getByRole("button", { name: "Next" }).click();
      await dialog.getByText("This lowers the protection of 1 station.").waitFor();
      await dialog.getByText("The station itself is then set up by hand").waitFor();
      expect(await dialog.getByRole("list").last().getByRole("listitem").count()).toBe(2);
      await dialog.getByLabel("Reason").fill(reason);
      await picture(page, "downgrade-check");
      await dialog.getByRole("button", { name: "Ask a second person" }).click();
      await dialog.getByText("A second person has to agree before anything happens.").waitFor();
      await picture(page, "downgrade-asked");
      await dialog.getByRole("link", { name: "Open approvals" }).click();
    };
    const item = (of: Page, reason: string) => of.getByRole("list", { name: "Approvals" }).locator("li").filter({ hasText: reason });

    await ask("Asked by mistake");
    await item(page, "Asked by mistake").getByText("You asked for this yourself").waitFor();
    expect(await item(page, "Asked by mistake").getByRole("button", { name: /^Agree/ }).count()).toBe(0);
    await expectAccessible(page);
    await picture(page, "approval-own");
    await item(page, "Asked by mistake").getByRole("button", { name: /^Take it back/ }).click();
    await item(page, "Asked by mistake").and(page.locator("[data-status=REFUSED]")).waitFor();

    await ask("Its TLS is broken");
    await item(page, "Its TLS is broken").getByText("You asked for this yourself").waitFor();
    const other = await open();
    await signIn(other, "security?tab=approvals", "admin@demo.example");
    await item(other, "Its TLS is broken").getByText("Lower to profile 1").waitFor();
    await expectAccessible(other);
    await picture(other, "approval-other");
    await item(other, "Its TLS is broken").getByRole("button", { name: /^Agree/ }).click();
    await item(other, "Its TLS is broken").and(other.locator("[data-status=APPROVED]")).getByText("Decided by Demo Admin").waitFor();
    expectClean(other);

    await security(page, station);
    await operation(page, "PROFILE", "COMPLETED").first().waitFor();
    await expect.poll(async () => (await station.look(page)).securityProfile, { timeout: 30_000 }).toBe(1);
    await picture(page, "downgraded");
  });
});
