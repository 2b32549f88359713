import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { useHere } from "@/app/viewer";
import { Panel } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { Failure } from "@/components/states";
import { useWatch } from "@/features/bulk/use-watch";
import { SecurityOverviewDocument, type SecurityOverviewQuery } from "@/gql/security/graphql";
import { useLocale } from "@/lib/locale";
import { ExpiryChart } from "./expiry-chart";
import { profileOf } from "./profiles";

type Overview = SecurityOverviewQuery["securityOverview"];

/** Who is on which profile, what ends when, and what goes on. */
export function OverviewTab() {
  const { t } = useTranslation();
  const { data, problem, refetch } = useData(SecurityOverviewDocument, {});
  const overview = data?.securityOverview;
  useWatch((overview?.running ?? 0) > 0, refetch);
  if (overview == null) return problem == null ? <SkeletonRows /> : <Failure message={problemText(t, problem)} onRetry={refetch} />;
  return (
    <div className="grid items-start gap-4 p-4 sm:p-6 xl:grid-cols-2">
      <Counts overview={overview} />
      <Panel title={t("security.profiles")} note={t("security.profilesNote")}>
        <ProfileBars profiles={overview.profiles} />
      </Panel>
      <Panel title={t("security.expiries")} note={t("security.certificatesCount", { count: overview.certificates })}>
        {overview.certificates === 0 ? <p className="text-sm text-ink-2">{t("security.noExpiries")}</p> : <ExpiryChart expired={overview.expired} expiries={overview.expiries} />}
      </Panel>
    </div>
  );
}

function Counts({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const locale = useLocale();
  const counts = [
    { key: "expired", count: overview.expired, tone: "text-bad", search: { tab: "certificates", certificate: "IN_USE", until: new Date().toISOString().slice(0, 13) + ":00:00.000Z" } },
    { key: "renewing", count: overview.renewing, tone: "", search: { tab: "operations", kind: "RENEWAL", status: "RUNNING" } },
    { key: "running", count: overview.running, tone: "", search: { tab: "operations", status: "RUNNING" } },
    { key: "failed", count: overview.failed, tone: "text-bad", search: { tab: "operations", status: "FAILED" } },
    { key: "approvals", count: overview.approvals, tone: "text-hold", search: { tab: "approvals" } },
  ] as const;
  return (
    <ul className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5 xl:col-span-2">
      {counts.map(({ key, count, tone, search }) => (
        <li key={key}>
          <Link to="/t/$tenant/security" params={{ tenant: tenant.slug }} search={search} className="flex h-full flex-col rounded-lg border bg-surface px-4 py-3 hover:bg-hover">
            <span className={`tabular text-xl font-semibold ${count > 0 ? tone : ""}`}>{new Intl.NumberFormat(locale).format(count)}</span>
            <span className="text-sm text-ink-2">{t(`security.count.${key}`)}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** For each profile, how many stations must meet it and how many are connected with it; the numbers stand beside the bars. */
function ProfileBars({ profiles }: { profiles: Overview["profiles"] }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const locale = useLocale();
  const most = Math.max(1, ...profiles.flatMap(({ required, connected }) => [required, connected]));
  const format = (value: number) => new Intl.NumberFormat(locale).format(value);
  return (
    <ul className="flex flex-col gap-4">
      {profiles.map(({ profile, required, connected }) => (
        <li key={profile} className="text-sm">
          <Link to="/t/$tenant/stations" params={{ tenant: tenant.slug }} search={{ profile: String(profileOf(profile)) as "0" }} className="font-medium hover:underline">
            {t(`security.profile.${profileOf(profile)}.name`)}
          </Link>
          {(
            [
              ["required", required, "bg-ink-3"],
              ["connected", connected, "bg-ok"],
            ] as const
          ).map(([key, count, colour]) => (
            <div key={key} className="mt-1 grid grid-cols-[7rem_1fr_3rem] items-center gap-2">
              <span className="text-xs text-ink-2">{t(`security.bar.${key}`)}</span>
              <span aria-hidden className="h-2 overflow-hidden rounded-full bg-idle-soft">
                <span className={`block h-full rounded-full ${colour}`} style={{ width: `${String((100 * count) / most)}%` }} />
              </span>
              <span className="tabular text-right">{format(count)}</span>
            </div>
          ))}
        </li>
      ))}
    </ul>
  );
}
