import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { withWords } from "@/i18n";
import { paymentsSearch } from "./payment-search";
import { tenant } from "./root";

const payments = createRoute({
  getParentRoute: () => tenant,
  path: "payments",
  validateSearch: paymentsSearch,
  component: lazyRouteComponent(withWords(() => import("@/features/payments/payments-page"), "more", "payments")),
});

const payment = createRoute({
  getParentRoute: () => tenant,
  path: "payments/$paymentId",
  component: lazyRouteComponent(withWords(() => import("@/features/payments/payment-page"), "more", "payments")),
});

const reconciliations = createRoute({
  getParentRoute: () => tenant,
  path: "reconciliations",
  component: lazyRouteComponent(withWords(() => import("@/features/payments/reconciliations-page"), "more", "payments")),
});

/** What comes in over payment providers. */
export const paymentRoutes = [payments, payment, reconciliations] as const;
