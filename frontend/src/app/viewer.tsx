import { createContext, use, useCallback } from "react";
import type { ViewerQuery } from "@/gql/graphql";

type ViewerData = ViewerQuery["viewer"];
type Tenant = NonNullable<ViewerData["tenant"]>;

type Here = { viewer: ViewerData; tenant: Tenant; network: string | null };

export const HereContext = createContext<Here | null>(null);

/** Who is acting, in which tenant, narrowed to which network. */
export function useHere(): Here {
  const here = use(HereContext);
  if (here == null) throw new Error("useHere needs a tenant around it");
  return here;
}

/** Whether the viewer holds a permission, such as station:command. */
export function useMay(): (permission: string) => boolean {
  const { viewer } = useHere();
  return useCallback((permission) => viewer.permissions.includes(permission), [viewer.permissions]);
}
