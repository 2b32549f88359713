import { createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { withWords } from "@/i18n";
import { billingRoutes } from "./billing-routes";
import { Crash, NotFound } from "./crash";
import { driverRoutes } from "./driver-routes";
import { paymentRoutes } from "./payment-routes";
import { root, tenant } from "./root";
import { HomeScope } from "./scope";
import { bulkSearch, locationsSearch, loginSearch, sessionsSearch, stationSearch, stationsSearch } from "./search";
import { securityRoutes } from "./security-routes";

const home = createRoute({ getParentRoute: () => root, path: "/", component: HomeScope });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: loginSearch,
  component: lazyRouteComponent(() => import("@/features/sign-in/sign-in-page")),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: "/invite/$token",
  component: lazyRouteComponent(() => import("@/features/sign-in/invitation-page")),
});

const tenantHome = createRoute({
  getParentRoute: () => tenant,
  path: "/",
  beforeLoad: ({ params }) => {
    redirect({ to: "/t/$tenant/stations", params, throw: true });
  },
});

const stations = createRoute({
  getParentRoute: () => tenant,
  path: "stations",
  validateSearch: stationsSearch,
  component: lazyRouteComponent(() => import("@/features/stations/stations-page")),
});

const addStation = createRoute({
  getParentRoute: () => tenant,
  path: "stations/new",
  component: lazyRouteComponent(() => import("@/features/stations/add-station-page")),
});

const station = createRoute({
  getParentRoute: () => tenant,
  path: "stations/$stationId",
  validateSearch: stationSearch,
  component: lazyRouteComponent(() => import("@/features/station/station-page")),
});

const bulkList = createRoute({
  getParentRoute: () => tenant,
  path: "bulk",
  component: lazyRouteComponent(withWords(() => import("@/features/bulk/bulk-list-page"))),
});

const bulk = createRoute({
  getParentRoute: () => tenant,
  path: "bulk/$bulkId",
  validateSearch: bulkSearch,
  component: lazyRouteComponent(withWords(() => import("@/features/bulk/bulk-page"))),
});

const sessions = createRoute({
  getParentRoute: () => tenant,
  path: "sessions",
  validateSearch: sessionsSearch,
  component: lazyRouteComponent(() => import("@/features/sessions/sessions-page")),
});

const session = createRoute({
  getParentRoute: () => tenant,
  path: "sessions/$sessionId",
  component: lazyRouteComponent(() => import("@/features/sessions/session-page")),
});

const locations = createRoute({
  getParentRoute: () => tenant,
  path: "locations",
  validateSearch: locationsSearch,
  component: lazyRouteComponent(() => import("@/features/locations/locations-page")),
});

const location = createRoute({
  getParentRoute: () => tenant,
  path: "locations/$locationId",
  component: lazyRouteComponent(() => import("@/features/locations/location-page")),
});

const settings = createRoute({
  getParentRoute: () => tenant,
  path: "settings",
  beforeLoad: ({ params }) => {
    redirect({ to: "/t/$tenant/settings/$section", params: { ...params, section: "general" }, throw: true });
  },
});

const settingsSection = createRoute({
  getParentRoute: () => tenant,
  path: "settings/$section",
  component: lazyRouteComponent(() => import("@/features/settings/settings-page")),
});

// A driver's pages share nothing with staff's but the look; their words come with them.
const drive = createRoute({
  getParentRoute: () => root,
  path: "/drive/$tenant/$network/$",
  component: lazyRouteComponent(() => import("@/features/drive/drive-page")),
});

const tree = root.addChildren([
  home,
  login,
  invitation,
  drive,
  tenant.addChildren([tenantHome, stations, addStation, station, bulkList, bulk, sessions, session, locations, location, settings, settingsSection, ...billingRoutes, ...driverRoutes, ...paymentRoutes, ...securityRoutes]),
]);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: "intent",
  defaultErrorComponent: Crash,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  // The library asks for an interface here: it is merged with its own.
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
  interface Register {
    router: typeof router;
  }
}
