import { useNavigate } from "@tanstack/react-router";
import { BatteryCharging, CornerDownLeft, CreditCard, HardDriveDownload, ListChecks, MapPin, Moon, PlugZap, Plus, ReceiptText, Search, Settings, Sun, Tag, TriangleAlert, User, Users } from "lucide-react";
import { Dialog } from "radix-ui";
import { useDeferredValue, useId, useMemo, useState, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { setTheme } from "@/app/theme";
import { useHere, useMay } from "@/app/viewer";
import { PaletteSearchDocument, type PaletteSearchQuery } from "@/gql/graphql";
import { cn } from "@/lib/cn";
import { nodes } from "@/lib/nodes";

type Entry = { id: string; group: "stations" | "locations" | "drivers" | "pages" | "actions"; icon: ReactNode; name: string; note?: string | undefined; run: () => void };

const groups = ["stations", "locations", "drivers", "pages", "actions"] as const;

/** Finds stations, locations, drivers, pages and actions from anywhere. */
export default function Palette({ onClose }: { onClose: (open: boolean) => void }) {
  const { t } = useTranslation();
  const listId = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const wanted = useDeferredValue(text.trim());
  const may = useMay();
  const found = useData(PaletteSearchDocument, { text: wanted, drivers: may("driver:read") }, wanted === "");
  const entries = useEntries(text.trim(), wanted === "" ? undefined : found.data);
  const current = Math.min(at, entries.length - 1);

  const run = (entry: Entry | undefined) => {
    if (entry == null) return;
    onClose(false);
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step != null && entries.length > 0) {
      event.preventDefault();
      setAt((current + step + entries.length) % entries.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(entries[current]);
    }
  };

  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 animate-fade bg-shade" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed inset-x-3 top-[10vh] z-50 mx-auto flex max-h-[70vh] max-w-xl animate-rise flex-col overflow-hidden rounded-xl bg-surface shadow-pop outline-none"
        >
          <Dialog.Title className="sr-only">{t("palette.open")}</Dialog.Title>
          <div className="flex items-center gap-2 border-b px-4">
            <Search aria-hidden className="size-4 text-ink-3" />
            <input
              role="combobox"
              aria-expanded
              aria-controls={listId}
              aria-activedescendant={entries[current] == null ? undefined : `${listId}-${entries[current].id}`}
              aria-label={t("palette.open")}
              placeholder={t("palette.placeholder")}
              value={text}
              autoFocus
              spellCheck={false}
              onKeyDown={onKeyDown}
              onChange={(event) => {
                setText(event.target.value);
                setAt(0);
              }}
              className="h-12 flex-1 bg-transparent text-base outline-none placeholder:text-ink-3"
            />
          </div>
          <div id={listId} role="listbox" aria-label={t("palette.results")} className="overflow-y-auto p-1.5">
            {entries.length === 0 && <p className="px-3 py-8 text-center text-sm text-ink-2">{t(found.loading && wanted !== "" ? "common.loading" : "palette.nothing")}</p>}
            {groups.map((group) => {
              const list = entries.filter((entry) => entry.group === group);
              if (list.length === 0) return null;
              return (
                <div key={group} role="group" aria-label={t(`palette.${group}`)}>
                  <p aria-hidden className="px-2.5 pt-2 pb-1 text-xs font-medium text-ink-3">
                    {t(`palette.${group}`)}
                  </p>
                  {list.map((entry) => {
                    const index = entries.indexOf(entry);
                    return (
                      <div
                        key={entry.id}
                        id={`${listId}-${entry.id}`}
                        role="option"
                        tabIndex={-1}
                        aria-selected={index === current}
                        onClick={() => {
                          run(entry);
                        }}
                        onMouseMove={() => {
                          setAt(index);
                        }}
                        onKeyDown={onKeyDown}
                        className={cn("flex h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 text-sm [&_svg]:size-4 [&_svg]:text-ink-3", index === current && "bg-hover")}
                      >
                        {entry.icon}
                        <span className="min-w-0 truncate">{entry.name}</span>
                        {entry.note != null && <span className="code min-w-0 truncate text-ink-2">{entry.note}</span>}
                        {index === current && <CornerDownLeft aria-hidden className="ml-auto shrink-0" />}
                      </div>
                    );
                  })}
                </div>
              );
            })}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

type Found = PaletteSearchQuery;

function useEntries(text: string, found: Found | undefined): Entry[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { tenant } = useHere();
  const may = useMay();
  return useMemo(() => {
    const params = { tenant: tenant.slug };
    const stations = nodes(found?.stations).map<Entry>(({ id, name, identity }) => ({
      id,
      group: "stations",
      icon: <PlugZap aria-hidden />,
      name,
      note: identity === name ? undefined : identity,
      run: () => void navigate({ to: "/t/$tenant/stations/$stationId", params: { ...params, stationId: id }, search: {} }),
    }));
    const locations = nodes(found?.locations).map<Entry>(({ id, name, city }) => ({
      id,
      group: "locations",
      icon: <MapPin aria-hidden />,
      name,
      note: city,
      run: () => void navigate({ to: "/t/$tenant/locations/$locationId", params: { ...params, locationId: id } }),
    }));
    const drivers = nodes(found?.drivers).map<Entry>(({ id, name, email }) => ({
      id,
      group: "drivers",
      icon: <User aria-hidden />,
      name,
      note: email ?? undefined,
      run: () => void navigate({ to: "/t/$tenant/drivers/$driverId", params: { ...params, driverId: id } }),
    }));
    const settings = (section: string) => () => void navigate({ to: "/t/$tenant/settings/$section", params: { ...params, section } });
    const fixed: (Entry & { needs?: string })[] = [
      { id: "stations", group: "pages", icon: <PlugZap aria-hidden />, name: t("nav.stations"), run: () => void navigate({ to: "/t/$tenant/stations", params, search: {} }) },
      { id: "pending", group: "pages", icon: <PlugZap aria-hidden />, name: t("palette.pending"), run: () => void navigate({ to: "/t/$tenant/stations", params, search: { tab: "pending" } }) },
      { id: "sessions", group: "pages", needs: "session:read", icon: <BatteryCharging aria-hidden />, name: t("nav.sessions"), run: () => void navigate({ to: "/t/$tenant/sessions", params, search: {} }) },
      { id: "locations", group: "pages", needs: "location:read", icon: <MapPin aria-hidden />, name: t("nav.locations"), run: () => void navigate({ to: "/t/$tenant/locations", params, search: {} }) },
      { id: "charges", group: "pages", needs: "charge:read", icon: <ReceiptText aria-hidden />, name: t("nav.charges"), run: () => void navigate({ to: "/t/$tenant/charges", params, search: {} }) },
      { id: "tariffs", group: "pages", needs: "tariff:read", icon: <Tag aria-hidden />, name: t("nav.tariffs"), run: () => void navigate({ to: "/t/$tenant/tariffs", params, search: {} }) },
      { id: "issues", group: "pages", needs: "issue:read", icon: <TriangleAlert aria-hidden />, name: t("nav.issues"), run: () => void navigate({ to: "/t/$tenant/issues", params, search: {} }) },
      { id: "drivers", group: "pages", needs: "driver:read", icon: <Users aria-hidden />, name: t("nav.drivers"), run: () => void navigate({ to: "/t/$tenant/drivers", params, search: {} }) },
      { id: "payments", group: "pages", needs: "payment:read", icon: <CreditCard aria-hidden />, name: t("nav.payments"), run: () => void navigate({ to: "/t/$tenant/payments", params, search: {} }) },
      { id: "bulk", group: "pages", needs: "command:read", icon: <ListChecks aria-hidden />, name: t("nav.bulk"), run: () => void navigate({ to: "/t/$tenant/bulk", params }) },
      { id: "firmware", group: "pages", needs: "station:read", icon: <HardDriveDownload aria-hidden />, name: t("settings.firmware"), run: settings("firmware") },
      { id: "networks", group: "pages", needs: "network:read", icon: <Settings aria-hidden />, name: t("settings.networks"), run: settings("networks") },
      { id: "members", group: "pages", needs: "member:read", icon: <Settings aria-hidden />, name: t("settings.members"), run: settings("members") },
      { id: "api-keys", group: "pages", needs: "apikey:read", icon: <Settings aria-hidden />, name: t("settings.api-keys"), run: settings("api-keys") },
      { id: "audit-log", group: "pages", needs: "audit:read", icon: <Settings aria-hidden />, name: t("settings.audit-log"), run: settings("audit-log") },
      { id: "add", group: "actions", needs: "station:credential", icon: <Plus aria-hidden />, name: t("stations.add"), run: () => void navigate({ to: "/t/$tenant/stations/new", params }) },
      { id: "light", group: "actions", icon: <Sun aria-hidden />, name: `${t("theme.title")}: ${t("theme.light")}`, run: () => { setTheme("light"); } },
      { id: "dark", group: "actions", icon: <Moon aria-hidden />, name: `${t("theme.title")}: ${t("theme.dark")}`, run: () => { setTheme("dark"); } },
    ];
    const needle = text.toLowerCase();
    return [...stations, ...locations, ...drivers, ...fixed.filter(({ name, needs }) => (needs == null || may(needs)) && name.toLowerCase().includes(needle))];
  }, [found, text, t, navigate, tenant.slug, may]);
}
