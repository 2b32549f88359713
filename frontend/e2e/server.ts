import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestProject } from "vitest/node";
import { startMail } from "./mail";

declare module "vitest" {
  // Vitest asks for an interface here: it is merged with its own.
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
  interface ProvidedContext {
    url: string;
    /** The folder of the mails that the server sent; empty where that isn't known. */
    mails: string;
  }
}

/** Waits for the line that says where the server serves; its end before that is an error with its last words. */
function ready(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const words: string[] = [];
    server.stderr?.on("data", (chunk: Buffer) => {
      words.push(chunk.toString());
    });
    server.once("exit", (code) => {
      reject(new Error(`busbar ended with ${String(code)} before it was ready:\n${words.join("").slice(-4000)}`));
    });
    server.once("error", reject);
    if (server.stdout == null) return;
    createInterface({ input: server.stdout }).on("line", (line) => {
      try {
        const event = JSON.parse(line) as { event?: string; url?: string };
        if (event.event === "ready" && event.url != null) resolve(event.url);
      } catch {
        // Anything else on stdout is not ours to read.
      }
    });
  });
}

/** The server under test: the one named in BUSBAR_E2E_URL, else bin/busbar with the demo tenant. */
export default async function setup(project: TestProject) {
  const given = process.env.BUSBAR_E2E_URL;
  if (given != null && given !== "") {
    project.provide("url", given);
    project.provide("mails", process.env.BUSBAR_E2E_MAILS ?? "");
    return undefined;
  }
  const data = await mkdtemp(join(tmpdir(), "busbar-e2e-"));
  const mails = join(data, "mails");
  const mail = await startMail(mails);
  const binary = process.env.BUSBAR_BIN ?? new URL("../../bin/busbar", import.meta.url).pathname;
  const server = spawn(binary, ["serve", "--demo", "--data-dir", data], {
    env: { ...process.env, BUSBAR_LISTEN: process.env.BUSBAR_LISTEN ?? "127.0.0.1:0", BUSBAR_TLS_LISTEN: "127.0.0.1:0", BUSBAR_TLS_LEGACY_LISTEN: "127.0.0.1:0", BUSBAR_SMTP_URL: mail.url, BUSBAR_MAIL_FROM: "Demo Charging <receipts@demo.example>" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const url = await ready(server);
  project.provide("url", url);
  project.provide("mails", mails);
  return async () => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    const late = setTimeout(() => server.kill("SIGKILL"), 15_000);
    await ended;
    clearTimeout(late);
    await mail.close();
    await rm(data, { recursive: true, force: true });
  };
}
