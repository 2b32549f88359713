import { cleanup } from "@testing-library/react";
import { afterEach, beforeAll } from "vitest";
import { moreTranslations, startTranslations } from "@/i18n";

beforeAll(async () => {
  await startTranslations();
  await moreTranslations("more", "billing", "drivers", "drive");
});

afterEach(() => {
  cleanup();
});
