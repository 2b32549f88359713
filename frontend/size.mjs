// Fails the build when a page's first load grows past its budget: the entry, the page, and all they import, gzipped.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const budget = 200 * 1024;
const dist = new URL("dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", dist), "utf8"));

function collect(key, files = new Set()) {
  const chunk = manifest[key];
  if (files.has(chunk.file)) return files;
  files.add(chunk.file);
  for (const imported of chunk.imports ?? []) collect(imported, files);
  return files;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const pages = Object.keys(manifest).filter((key) => key.endsWith("-page.tsx"));
let over = false;
for (const page of pages) {
  const files = new Set([...collect(entry), ...collect(page)]);
  const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist))).length, 0);
  over ||= bytes > budget;
  process.stdout.write(`${(bytes / 1024).toFixed(1).padStart(6)} KB  ${page}${bytes > budget ? "  over its budget of 200 KB" : ""}\n`);
}
if (pages.length === 0) throw new Error("the manifest names no pages: the budget would pass unseen");
process.exitCode = over ? 1 : 0;
