/** Past this a file isn't read as a whole to sum it up: the server sums it up anyway. */
const mostSummed = 512 * 1024 * 1024;

/** The SHA-256 of a file in hexadecimal digits; undefined where the browser can't say, such as on a page without TLS. */
export async function sumOf(file: File): Promise<string | undefined> {
  // Browsers leave it out where the page isn't secure, whatever its type says.
  const subtle = crypto.subtle as SubtleCrypto | undefined;
  if (subtle == null || file.size > mostSummed) return undefined;
  const digest = await subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The upload's address at the origin that the page came from: the policy of the page lets it talk to no other. */
export function ownAddress(url: string): string {
  const { pathname, search } = new URL(url, window.location.href);
  return `${pathname}${search}`;
}

/** Sends a file, and says how far it is; what it returns is why it failed. */
export function put(url: string, file: File, onProgress: (part: number) => void, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      onProgress(total === 0 ? 0 : loaded / total);
    });
    request.addEventListener("load", () => {
      resolve(request.status < 300 ? undefined : request.responseText.trim() || String(request.status));
    });
    request.addEventListener("error", () => {
      resolve("");
    });
    request.addEventListener("abort", () => {
      resolve("");
    });
    signal.addEventListener("abort", () => {
      request.abort();
    });
    request.open("PUT", ownAddress(url));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  });
}
