import { defineConfig } from "vitest/config";

// One browser and one server for all: the tests run one after the other, each in a browser profile of its own.
export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    include: process.env.BUSBAR_SCREENSHOTS == null ? ["e2e/*.e2e.ts"] : ["e2e/screenshots.ts"],
    globalSetup: "e2e/server.ts",
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
