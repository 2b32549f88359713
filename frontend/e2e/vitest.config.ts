import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";

// By name: what is made for the whole tenant by a page is made where that page is tested.
class ByName extends BaseSequencer {
  override sort(files: Parameters<BaseSequencer["sort"]>[0]) {
    return Promise.resolve(files.toSorted((one, other) => one.moduleId.localeCompare(other.moduleId, "en")));
  }
}

// One browser and one server for all: the tests run one after the other, each in a browser profile of its own.
export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    include: process.env.BUSBAR_SCREENSHOTS == null ? ["e2e/*.e2e.ts"] : ["e2e/screenshots.ts"],
    globalSetup: "e2e/server.ts",
    fileParallelism: false,
    sequence: { sequencer: ByName },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
