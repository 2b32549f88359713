import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { listed } from "@/app/search";
import { useHere } from "@/app/viewer";
import { ColumnMenu, FilterBar, FilterChip, SearchBox, useHiddenColumns } from "@/components/filters";
import { PageHead } from "@/components/panel";
import { TimeRange } from "@/components/time-range";
import { SessionTabs } from "@/features/charges/session-tabs";
import type { SessionStatus } from "@/gql/graphql";
import { sessionStates } from "@/status/language";
import { StateShape } from "@/status/mark";
import { sessionColumns } from "./columns";
import { sessionFilter, type SessionsSearch } from "./filter";
import { SessionList } from "./session-list";
import { useLocale } from "@/lib/locale";

const offered = Object.keys(sessionStates) as SessionStatus[];

export default function SessionsPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const search = useSearch({ from: "/t/$tenant/sessions" });
  const navigate = useNavigate({ from: "/t/$tenant/sessions" });
  const { tenant } = useHere();
  const [hidden, hide] = useHiddenColumns("sessions");
  const columns = useMemo(() => sessionColumns(t, locale, tenant.slug, true), [t, locale, tenant.slug]);
  const change = (next: Partial<SessionsSearch>) => {
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  };
  const filtered = search.q != null || search.status != null || search.since != null || search.until != null;
  return (
    <>
      <PageHead title={t("sessions.title")} />
      <SessionTabs active="sessions" />
      <FilterBar>
        <SearchBox
          label={t("sessions.search")}
          value={search.q ?? ""}
          onChange={(q) => {
            change({ q: q === "" ? undefined : q });
          }}
        />
        <FilterChip
          label={t("session.status")}
          choices={offered.map((status) => ({ value: status, label: t(sessionStates[status].word), mark: <StateShape state={sessionStates[status]} /> }))}
          chosen={listed(search.status)}
          onChange={(chosen) => {
            change({ status: chosen.length === 0 ? undefined : chosen.join(",") });
          }}
        />
        <TimeRange since={search.since} until={search.until} onChange={change} />
        <span className="ml-auto">
          <ColumnMenu columns={columns} hidden={hidden} onChange={hide} />
        </span>
      </FilterBar>
      <div className="border-t">
        <SessionList where={sessionFilter(search)} hidden={hidden} filtered={filtered} />
      </div>
    </>
  );
}
