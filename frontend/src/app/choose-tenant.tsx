import { Link, Navigate } from "@tanstack/react-router";
import { Building2, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { Skeleton } from "@/components/skeleton";
import { Empty, Failure } from "@/components/states";
import { ViewerDocument } from "@/gql/graphql";
import { useData } from "./data";
import { problemText } from "./errors";
import { Plate } from "./plate";
import { useSignOut } from "./sign-out";

const key = "busbar.tenant";

export function rememberTenant(slug: string) {
  try {
    localStorage.setItem(key, slug);
  } catch {
    // Without storage the choice is asked for again.
  }
}

function lastTenant(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** The tenants a person belongs to. One, or the one used last, is entered without asking. */
export function ChooseTenant({ refused }: { refused?: string }) {
  const { t } = useTranslation();
  const { data, problem, refetch } = useData(ViewerDocument, {});
  const signOut = useSignOut();

  if (problem?.code === "UNAUTHENTICATED") return null;
  if (problem != null && data == null) {
    return (
      <Plate title={t("tenant.choose")}>
        <Failure message={problemText(t, problem)} onRetry={refetch} />
      </Plate>
    );
  }
  const tenants = data?.viewer.tenants;
  if (tenants != null && refused == null) {
    const last = lastTenant();
    const only = tenants.length === 1 ? tenants[0] : tenants.find(({ slug }) => slug === last);
    if (only != null) return <Navigate to="/t/$tenant/stations" params={{ tenant: only.slug }} search={{}} replace />;
  }
  return (
    <Plate title={t("tenant.choose")} text={refused == null ? undefined : t("tenant.refused", { tenant: refused })}>
      {tenants == null && <Skeleton className="h-11!" />}
      {tenants?.length === 0 && <Empty icon={<Building2 />} title={t("tenant.none.title")} text={t("tenant.none.text")} />}
      <ul className="flex flex-col gap-2">
        {tenants?.map(({ slug, name }) => (
          <li key={slug}>
            <Link to="/t/$tenant/stations" params={{ tenant: slug }} search={{}} className="flex h-11 items-center gap-3 rounded-lg border px-3 hover:bg-hover">
              <Building2 aria-hidden className="size-4 text-ink-3" />
              <span className="min-w-0 flex-1 truncate font-medium">{name}</span>
              <ChevronRight aria-hidden className="size-4 text-ink-3" />
            </Link>
          </li>
        ))}
      </ul>
      {tenants != null && (
        <Button variant="quiet" onClick={signOut} className="self-center">
          {t("nav.signOut")}
        </Button>
      )}
    </Plate>
  );
}
