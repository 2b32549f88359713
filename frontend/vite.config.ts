import react from "@vitejs/plugin-react";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vitest/config";

// The portal in development talks to a server started beside it.
const server = process.env.BUSBAR_DEV_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    target: "es2022",
    // Inlined fonts or images would need data: in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Each page lists what it loads by name: short names are a part of the first load.
    rolldownOptions: { output: { chunkFileNames: "assets/[hash].js" } },
    manifest: "manifest.json",
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: {
      "/graphql": { target: server, ws: true },
      "/auth": server,
      "/files": server,
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test-setup.ts"],
    css: false,
    pool: "threads",
    // A document for each file costs more than all tests together; they clean up after themselves.
    isolate: false,
  },
});
