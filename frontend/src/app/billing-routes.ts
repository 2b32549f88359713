import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { withWords } from "@/i18n";
import { chargesSearch, issuesSearch, tariffsSearch } from "./billing-search";
import { tenant } from "./root";

const tariffs = createRoute({
  getParentRoute: () => tenant,
  path: "tariffs",
  validateSearch: tariffsSearch,
  component: lazyRouteComponent(withWords(() => import("@/features/tariffs/tariffs-page"), "more", "billing")),
});

const newTariff = createRoute({
  getParentRoute: () => tenant,
  path: "tariffs/new",
  component: lazyRouteComponent(withWords(() => import("@/features/tariffs/new-tariff-page"), "more", "billing")),
});

const tariff = createRoute({
  getParentRoute: () => tenant,
  path: "tariffs/$tariffId",
  component: lazyRouteComponent(withWords(() => import("@/features/tariffs/tariff-page"), "more", "billing")),
});

const editTariff = createRoute({
  getParentRoute: () => tenant,
  path: "tariffs/$tariffId/edit",
  component: lazyRouteComponent(withWords(() => import("@/features/tariffs/edit-tariff-page"), "more", "billing")),
});

const charges = createRoute({
  getParentRoute: () => tenant,
  path: "charges",
  validateSearch: chargesSearch,
  component: lazyRouteComponent(withWords(() => import("@/features/charges/charges-page"), "more", "billing")),
});

const charge = createRoute({
  getParentRoute: () => tenant,
  path: "charges/$chargeId",
  component: lazyRouteComponent(withWords(() => import("@/features/charges/charge-page"), "more", "billing")),
});

const issues = createRoute({
  getParentRoute: () => tenant,
  path: "issues",
  validateSearch: issuesSearch,
  component: lazyRouteComponent(withWords(() => import("@/features/issues/issues-page"), "more", "billing", "remarks")),
});

/** Prices, what sessions came to, and what needs a person. */
export const billingRoutes = [tariffs, newTariff, tariff, editTariff, charges, charge, issues] as const;
