import { createRootRoute, createRoute, Outlet, retainSearchParams } from "@tanstack/react-router";
import { Toasts } from "@/components/toast";
import { TooltipLayer } from "@/components/tooltip";
import { NotFound } from "./crash";
import { TenantScope } from "./scope";
import { tenantSearch } from "./search";

export const root = createRootRoute({
  component: () => (
    <>
      <Outlet />
      <Toasts />
      <TooltipLayer />
    </>
  ),
  notFoundComponent: NotFound,
});

export const tenant = createRoute({
  getParentRoute: () => root,
  path: "/t/$tenant",
  validateSearch: tenantSearch,
  search: { middlewares: [retainSearchParams(["network"])] },
  component: TenantScope,
});
