import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { added, ask } from "./api";
import { Wire, type Manners, type Payload } from "./wire";

const openssl = (...args: string[]) => execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** OpenSSL opens its inputs by name. */
function asFile<Result>(text: string, given: (file: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), "busbar-e2e-"));
  try {
    const file = join(folder, "input.pem");
    writeFileSync(file, text);
    return given(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const blocks = (pem: string) => pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];

/** Another certificate authority, as a maker has one. */
export function strangeRoot(name: string): string {
  return openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "/dev/null", "-subj", `/CN=${name}`, "-days", "3650", "-addext", "keyUsage=critical,keyCertSign,cRLSign");
}

/** How stations name a root: OCSP asks for certificates by the same hashes. */
function hashOf(pem: string): Payload {
  const text = asFile(pem, (file) => openssl("ocsp", "-sha256", "-issuer", file, "-cert", file, "-req_text", "-no_nonce"));
  const read = (label: string) => new RegExp(`${label}: ([0-9A-F]+)`).exec(text)?.[1]?.toLowerCase() ?? "";
  return { hashAlgorithm: "SHA256", issuerNameHash: read("Issuer Name Hash"), issuerKeyHash: read("Issuer Key Hash"), serialNumber: read("Serial Number") };
}

/** What a station can be made to wait with. */
type Act = "request" | "connect";

/**
 * A station of OCPP 1.6 with the security extension, over real sockets: it connects by the profile that it was told, anew whenever it is
 * cut off, and goes back to the profile before where the new one doesn't let it in.
 */
export class SecureStation {
  /** The actions that it refuses. */
  readonly refuses = new Set<string>();
  /** What refused it, the last first. */
  readonly refusals: string[] = [];
  #wire: Wire | undefined;
  #roots: string[] = [];
  #key = "";
  #shown: { key: string; cert: string } | undefined;
  /** The profiles that it tries, in their order. */
  #profiles = [1];
  #held = new Map<Act, Promise<void>>();
  #stopped = false;
  #shutOut!: () => void;
  /** Settled once no way leads in any more. */
  readonly out = new Promise<void>((resolve) => (this.#shutOut = resolve));

  private constructor(
    readonly id: string,
    readonly identity: string,
    private readonly url: string,
    private readonly secure: string,
    private readonly address: string,
    private password: string,
  ) {}

  /** Adds a station to the demo and connects it by password, from an address of its own. */
  static async start(page: Page, identity: string, address: string): Promise<SecureStation> {
    const { id, url, password } = await added(page, identity);
    const { serverTLS } = await ask<{ serverTLS: { url: string } }>(page, "{ serverTLS { url } }");
    const station = new SecureStation(id, identity, url, serverTLS.url + new URL(url).pathname, address, password);
    await station.#connect();
    await expect.poll(async () => (await station.look(page)).onboarding, { timeout: 30_000 }).toBe("ONBOARDED");
    return station;
  }

  /** What the server knows of it. */
  async look(page: Page) {
    const { station } = await ask<{ station: { onboarding: string; securityProfile: number; connection: { online: boolean; securityProfile: number | null }; securityOperations: { edges: { node: { status: string; explanation: string } }[] } } }>(
      page,
      "query($id: ID!) { station(id: $id) { onboarding securityProfile connection { online securityProfile } securityOperations(first: 1, orderBy: { field: CREATED_AT, direction: DESC }) { edges { node { status explanation } } } } }",
      { id: this.id },
    );
    return station;
  }

  /** Brings it to a profile as an app would: for what a test begins with. */
  async bring(page: Page, profile: number) {
    if (profile === 3) await ask(page, "mutation { createCertificateAuthority(input: {}) { certificateAuthorities { id } } }");
    await ask(page, "mutation($input: UpgradeSecurityProfileInput!) { upgradeSecurityProfile(input: $input) { batchId } }", { input: { stationIds: [this.id], profile } });
    await expect.poll(async () => (await this.look(page)).securityOperations.edges[0]?.node.status, { timeout: 90_000 }).toBe("COMPLETED");
    expect((await this.look(page)).connection.securityProfile).toBe(profile);
  }

  /** Has it wait before it does something, until what is given back is called. */
  hold(act: Act): () => void {
    let go!: () => void;
    this.#held.set(act, new Promise<void>((resolve) => (go = resolve)));
    return go;
  }

  /** The end of the connection that it has now. */
  get cut(): Promise<void> {
    return this.#wire?.ended ?? Promise.resolve();
  }

  /** Ends it for good, and takes it out of the tenant. */
  async remove(page: Page) {
    this.#stopped = true;
    await this.#wire?.close();
    await ask(page, "mutation($id: ID!) { removeStation(input: { id: $id }) { removedId } }", { id: this.id });
  }

  async #connect() {
    await this.#held.get("connect");
    for (const profile of this.#profiles) {
      if (this.#stopped) return;
      const shown = profile === 3 ? this.#shown : undefined;
      try {
        const wire = await Wire.open(profile >= 2 ? this.secure : this.url, profile === 3 ? "" : this.password, "ocpp1.6", this.#manners, {
          localAddress: this.address,
          ...(profile >= 2 ? { ca: this.#roots } : {}),
          ...shown,
        });
        this.#profiles = [profile];
        this.#wire = wire;
        void wire.ended.then(() => (this.#stopped ? undefined : this.#connect()));
        await wire.call("BootNotification", { chargePointVendor: "Voltmaker", chargePointModel: "AC 22 Secure", chargePointSerialNumber: `SN-${this.identity}`, firmwareVersion: "7.0.0" });
        return;
      } catch (error) {
        this.refusals.unshift(String(error));
      }
    }
    this.#shutOut();
  }

  async #request() {
    await this.#held.get("request");
    this.#key = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const csr = asFile(this.#key, (file) => openssl("req", "-new", "-key", file, "-subj", `/O=Demo/CN=${this.identity}`));
    await this.#wire?.call("SignCertificate", { csr });
  }

  #set(key: string, value: string): boolean {
    if (key === "AuthorizationKey") this.password = value;
    if (key !== "SecurityProfile") return true;
    const profile = Number(value);
    if ((profile >= 2 && this.#roots.length === 0) || (profile === 3 && this.#shown == null)) return false;
    this.#profiles = [profile, ...this.#profiles];
    // The answer is on its way first.
    setImmediate(() => void this.#wire?.close());
    return true;
  }

  readonly #manners: Manners = {
    GetConfiguration: ({ key }) => {
      const all = { SecurityProfile: String(this.#profiles[0]), NumberOfConnectors: "1", HeartbeatInterval: "300" };
      const asked = Array.isArray(key) && key.length > 0 ? (key as string[]) : Object.keys(all);
      return {
        configurationKey: Object.entries(all).flatMap(([name, value]) => (asked.includes(name) ? [{ key: name, readonly: name === "NumberOfConnectors", value }] : [])),
        unknownKey: asked.filter((name) => !(name in all)),
      };
    },
    ChangeConfiguration: ({ key, value }) => ({ status: this.#set(key as string, value as string) ? "Accepted" : "Rejected" }),
    TriggerMessage: () => ({ status: "Accepted" }),
    ExtendedTriggerMessage: ({ requestedMessage }) => {
      if (requestedMessage === "SignChargePointCertificate") setImmediate(() => void this.#request());
      return { status: "Accepted" };
    },
    InstallCertificate: ({ certificate }) => {
      if (this.refuses.has("InstallCertificate")) return { status: "Rejected" };
      this.#roots.push(certificate as string);
      return { status: "Accepted" };
    },
    GetInstalledCertificateIds: ({ certificateType }) => {
      const held = certificateType === "CentralSystemRootCertificate" ? this.#roots : [];
      return held.length === 0 ? { status: "NotFound" } : { status: "Accepted", certificateHashData: held.flatMap(blocks).map(hashOf) };
    },
    CertificateSigned: ({ certificateChain }) => {
      this.#shown = { key: this.#key, cert: certificateChain as string };
      return { status: "Accepted" };
    },
    Reset: () => {
      setImmediate(() => void this.#wire?.close());
      return { status: "Accepted" };
    },
  };
}
