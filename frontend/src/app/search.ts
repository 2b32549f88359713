import type { BulkTargetStatus, ConnectorStatus, SessionStatus } from "@/gql/graphql";
import { connectorStates, sessionStates, targetStates } from "@/status/language";

// Readers for what stands in the address: a person can write anything there, so whatever isn't understood is left out.

export type Raw = Record<string, unknown>;

/** Every parameter may be left out of a link. */
type Loose<Search> = { [Key in keyof Search]?: Search[Key] | undefined };

export function loose<Search>(search: Search): Loose<Search> {
  return search;
}

export function text(value: unknown): string | undefined {
  if (typeof value === "string" && value !== "") return value;
  return typeof value === "number" ? String(value) : undefined;
}

export function oneOf<Value extends string>(value: unknown, allowed: readonly Value[]): Value | undefined {
  return allowed.find((item) => item === value);
}

/** Comma-separated values of a known set. */
export function someOf<Value extends string>(value: unknown, allowed: readonly Value[]): string | undefined {
  const given = text(value)?.split(",") ?? [];
  const good = given.filter((item) => allowed.includes(item as Value));
  return good.length === 0 ? undefined : good.join(",");
}

/** The values of a comma-separated search parameter. */
export function listed<Value extends string>(value: string | undefined): Value[] {
  return value == null ? [] : (value.split(",") as Value[]);
}

const stationStatuses = Object.keys(connectorStates) as ConnectorStatus[];
const sessionStatuses = Object.keys(sessionStates) as SessionStatus[];

const targetStatuses = Object.keys(targetStates) as BulkTargetStatus[];

const stationSorts = ["name", "identity", "model", "seen", "created"] as const;
export type StationSort = (typeof stationSorts)[number];

export function stationsSearch(raw: Raw) {
  return loose({
    tab: oneOf(raw.tab, ["pending"] as const),
    q: text(raw.q),
    status: someOf(raw.status, stationStatuses),
    online: oneOf(raw.online, ["yes", "no"] as const),
    location: text(raw.location),
    profile: oneOf(text(raw.profile), ["0", "1", "2", "3"] as const),
    sort: oneOf(raw.sort, stationSorts),
    dir: oneOf(raw.dir, ["desc"] as const),
  });
}

const stationTabs = ["sessions", "messages", "variables", "charging", "reservations", "local-list", "monitoring", "firmware", "security", "attempts", "commands", "settings"] as const;

export function stationSearch(raw: Raw) {
  return loose({
    tab: oneOf(raw.tab, stationTabs),
    q: text(raw.q),
    action: text(raw.action),
    direction: oneOf(raw.direction, ["RECEIVED", "SENT"] as const),
    errors: oneOf(raw.errors, ["yes"] as const),
    since: text(raw.since),
    until: text(raw.until),
    component: text(raw.component),
    evse: text(raw.evse),
    writable: oneOf(raw.writable, ["yes"] as const),
    reboot: oneOf(raw.reboot, ["yes"] as const),
    kind: text(raw.kind),
    severity: oneOf(text(raw.severity), ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] as const),
  });
}

export function bulkSearch(raw: Raw) {
  return loose({ status: someOf(raw.status, targetStatuses) });
}

export function sessionsSearch(raw: Raw) {
  return loose({ q: text(raw.q), status: someOf(raw.status, sessionStatuses), since: text(raw.since), until: text(raw.until) });
}

export function locationsSearch(raw: Raw) {
  return loose({ q: text(raw.q) });
}

export function tenantSearch(raw: Raw) {
  return loose({ network: text(raw.network) });
}

export function loginSearch(raw: Raw) {
  return loose({ next: text(raw.next) });
}

/** Only an address of our own: another site's would be an open redirect. */
export function safeNext(next: string | undefined): string {
  return next != null && /^\/(?![/\\])/.test(next) && !next.startsWith("/login") ? next : "/";
}
