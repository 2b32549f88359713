import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { withWords } from "@/i18n";
import { driversSearch } from "./driver-search";
import { tenant } from "./root";

const drivers = createRoute({
  getParentRoute: () => tenant,
  path: "drivers",
  validateSearch: driversSearch,
  component: lazyRouteComponent(withWords(() => import("@/features/drivers/drivers-page"), "more", "drivers")),
});

const driver = createRoute({
  getParentRoute: () => tenant,
  path: "drivers/$driverId",
  component: lazyRouteComponent(withWords(() => import("@/features/drivers/driver-page"), "more", "drivers")),
});

/** Who charges, and their wallets. */
export const driverRoutes = [drivers, driver] as const;
