import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BarcodeFormat, QRCodeWriter } from "@zxing/library";

const [width, height, size] = [640, 480, 360];

/** A film of a QR code, held still before a camera: what Chromium takes for its camera's picture. Returns the file's path. */
export function filmOf(text: string): string {
  const code = new QRCodeWriter().encode(text, BarcodeFormat.QR_CODE, size, size, new Map());
  const light = Buffer.alloc(width * height, 200);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) light[(y + (height - size) / 2) * width + x + (width - size) / 2] = code.get(x, y) ? 20 : 235;
  }
  const colourless = Buffer.alloc((width * height) / 2, 128);
  const frame = Buffer.concat([Buffer.from("FRAME\n"), light, colourless]);
  const path = join(mkdtempSync(join(tmpdir(), "busbar-film-")), "code.y4m");
  writeFileSync(path, Buffer.concat([Buffer.from(`YUV4MPEG2 W${String(width)} H${String(height)} F20:1 Ip A1:1 C420jpeg\n`), ...Array.from({ length: 5 }, () => frame)]));
  return path;
}
