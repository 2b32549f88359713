import { Outlet, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Provider } from "urql";
import { Failure } from "@/components/states";
import { ViewerDocument } from "@/gql/graphql";
import { makeApi, type Scope } from "./client";
import { useData } from "./data";
import { problemText } from "./errors";
import { ChooseTenant, rememberTenant } from "./choose-tenant";
import { Shell, ShellSkeleton } from "./shell";
import { HereContext } from "./viewer";

/** Gives everything below it a client of its own for one scope. */
function ApiScope({ tenant, network, children }: Scope & { children: ReactNode }) {
  const navigate = useNavigate();
  const api = useMemo(
    () =>
      makeApi({ tenant, network }, () => {
        if (location.pathname === "/login") return;
        void navigate({ to: "/login", search: { next: location.pathname + location.search }, replace: true });
      }),
    [tenant, network, navigate],
  );
  useEffect(() => api.dispose, [api]);
  return <Provider value={api.client}>{children}</Provider>;
}

/** The tenant named in the address: signs in first where needed, then shows the portal. */
export function TenantScope() {
  const { tenant } = useParams({ from: "/t/$tenant" });
  return (
    <ApiScope key={tenant} tenant={tenant} network={null}>
      <TenantGate slug={tenant} />
    </ApiScope>
  );
}

function TenantGate({ slug }: { slug: string }) {
  const { t } = useTranslation();
  const network = useSearch({ from: "/t/$tenant" }).network ?? null;
  const { data, problem, refetch } = useData(ViewerDocument, {});
  useEffect(() => {
    if (data?.viewer.tenant != null) rememberTenant(data.viewer.tenant.slug);
  }, [data]);
  const here = useMemo(
    () => (data?.viewer.tenant == null ? null : { viewer: data.viewer, tenant: data.viewer.tenant, network }),
    [data, network],
  );

  // The client is on its way to the sign-in page already.
  if (problem?.code === "UNAUTHENTICATED") return <ShellSkeleton />;
  if (problem?.code === "FORBIDDEN" || problem?.code === "NOT_FOUND") return <ElsewhereScope slug={slug} />;
  if (problem != null && data == null) return <Failure message={problemText(t, problem)} onRetry={refetch} />;
  if (data == null) return <ShellSkeleton />;
  if (here == null) return <ElsewhereScope slug={slug} />;
  const outlet = (
    <HereContext value={here}>
      <Shell>
        <Outlet />
      </Shell>
    </HereContext>
  );
  if (network == null) return outlet;
  return (
    <ApiScope key={network} tenant={slug} network={network}>
      {outlet}
    </ApiScope>
  );
}

/** The address names a tenant that isn't ours: offer those that are. */
function ElsewhereScope({ slug }: { slug: string }) {
  return (
    <ApiScope tenant={null} network={null}>
      <ChooseTenant refused={slug} />
    </ApiScope>
  );
}

/** The bare address: on to the tenant used last, or a choice. */
export function HomeScope() {
  return (
    <ApiScope tenant={null} network={null}>
      <ChooseTenant />
    </ApiScope>
  );
}
