import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { withWords } from "@/i18n";
import { tenant } from "./root";
import { securitySearch } from "./security-search";

const security = createRoute({
  getParentRoute: () => tenant,
  path: "security",
  validateSearch: securitySearch,
  component: lazyRouteComponent(withWords(() => import("@/features/security/security-page"), "more", "security", "remarks")),
});

/** What stations connect with. */
export const securityRoutes = [security] as const;
