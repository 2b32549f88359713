import type { ParseKeys } from "i18next";
import { hexOf } from "@/lib/hex";

/** What one maker's set-up app wants typed differently from everybody else's. */
export type Maker = {
  key: string;
  name: string;
  hint: ParseKeys;
  url?: (url: string) => string;
  /** How long a password in hexadecimal its app takes, in digits. */
  hex?: { least: number; most: number };
};

const withoutIdentity = (url: string) => url.replace(/\/[^/]*$/, "/");
const withSlash = (url: string) => (url.endsWith("/") ? url : `${url}/`);

export const makers: readonly Maker[] = [
  { key: "autel", name: "Autel", hint: "maker.autel" },
  { key: "easee", name: "Easee", hint: "maker.appendsIdentity", url: withoutIdentity },
  { key: "enplus", name: "EN+, Raedian", hint: "maker.appendsIdentity", url: withoutIdentity },
  { key: "keba", name: "KEBA", hint: "maker.keba", hex: { least: 32, most: 40 } },
  { key: "viaris", name: "Orbis Viaris", hint: "maker.splitsUrl" },
  { key: "zappi", name: "myenergi zappi", hint: "maker.trailingSlash", url: withSlash },
  { key: "zaptec", name: "Zaptec", hint: "maker.zaptec", hex: { least: 40, most: 40 } },
];

export type HexForm = { text: string; same: boolean; fits: boolean };

/** The password as such an app wants it: the same when it is hexadecimal already, else its bytes in hexadecimal. */
export function hexForm(password: string, { least, most }: { least: number; most: number }): HexForm {
  const same = /^(?:[0-9a-f]{2})+$/i.test(password) && password.length >= least && password.length <= most;
  const text = same ? password : hexOf(password);
  return { text, same, fits: text.length >= least && text.length <= most };
}

/** A connection URL in the parts that some apps ask for one by one. */
export function urlParts(url: string): { host: string; port: string; path: string } {
  const { protocol, hostname, port, pathname } = new URL(url);
  return { host: hostname, port: port === "" ? (protocol === "wss:" ? "443" : "80") : port, path: pathname };
}
