export type Scanned = { code: string } | { wrong: "foreign" | "unknown" };

/** Identities have no slash; an EVSE and a connector are numbers. */
const written = /^[^/\s]+(?:\/[1-9]\d*){0,2}$/;

/**
 * What a scanned text names, as somebody would type it: a code, or the address of a page that ends with one. An address of the drivers' pages of
 * another network is somebody else's station, however its code reads.
 */
export function codeOf(text: string, here: { tenant: string; network: string }): Scanned {
  const trimmed = text.trim();
  let code = trimmed;
  if (/^https?:\/\//i.test(trimmed)) {
    const path = pathOf(trimmed);
    if (path == null) return { wrong: "unknown" };
    const [, tenant, network] = /\/drive\/([^/]+)\/([^/]+)\//.exec(path) ?? [];
    if (tenant != null && (tenant !== here.tenant || network !== here.network)) return { wrong: "foreign" };
    code = path.includes("/c/") ? path.slice(path.indexOf("/c/") + 3) : path;
  }
  code = code.replace(/^\/+|\/+$/g, "");
  return written.test(code) ? { code } : { wrong: "unknown" };
}

function pathOf(url: string): string | undefined {
  try {
    return decodeURIComponent(new URL(url).pathname);
  } catch {
    return undefined;
  }
}

/** Why there is no picture, by what the browser says. */
export function refusalOf(error: unknown): "permission" | "none" | "busy" {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "permission";
  return name === "NotFoundError" || name === "OverconstrainedError" ? "none" : "busy";
}
