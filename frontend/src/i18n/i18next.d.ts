import "i18next";
import type drive from "../features/drive/words/en.json";
import type billing from "./billing/en.json";
import type drivers from "./drivers/en.json";
import type en from "./en.json";
import type more from "./more/en.json";
import type payments from "./payments/en.json";
import type pnc from "./plug-and-charge/en.json";
import type remarks from "./remarks/en.json";
import type security from "./security/en.json";

declare module "i18next" {
  // The library asks for an interface here: it is merged with its own.
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en & typeof more & typeof billing & typeof drivers & typeof payments & typeof pnc & typeof remarks & typeof security & typeof drive };
  }
}
