/** A fresh key for something that must happen once, however often it is sent. Plain HTTP has no crypto.randomUUID. */
export function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
