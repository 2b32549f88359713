import { cleanup } from "@testing-library/react";
import { afterEach, beforeAll } from "vitest";
import { startTranslations } from "@/i18n";

beforeAll(async () => {
  await startTranslations();
});

afterEach(() => {
  cleanup();
});
