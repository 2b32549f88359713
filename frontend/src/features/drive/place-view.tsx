import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import type { MyPlaceQuery } from "@/gql/drive/graphql";
import { power } from "@/lib/format";
import { useLocale } from "@/lib/locale";
import { connectorState, offline, type connectorStates } from "@/status/language";
import { StateMark } from "@/status/mark";
import type { Spot } from "./price";
import { PriceView } from "./price-view";

type Place = MyPlaceQuery["chargingPlace"];

/** A station: its connectors, the price of the chosen one, and the way to start there. */
export function PlaceView({ place, start }: { place: Place; start: (spot: Spot) => ReactNode }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const only = place.connectors.length === 1 ? place.connectors[0] : undefined;
  const [chosen, choose] = useState(only?.id);
  const spot = place.connectors.find(({ id }) => id === chosen);
  return (
    <>
      <header>
        <h1 className="text-xl font-semibold tracking-tight break-words">{place.place}</h1>
        <p className="text-sm text-ink-2">{[place.identity === place.place ? "" : place.identity, place.address, place.city].filter(Boolean).join(" · ")}</p>
      </header>
      {!place.online && <Notice tone="warn">{t("drive.place.offline")}</Notice>}
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1 text-sm font-medium">{t("drive.place.choose")}</legend>
        {place.connectors.map((connector) => (
          <label key={connector.id} className="flex min-h-14 items-center gap-3 rounded-lg border bg-surface px-4 py-2 has-checked:border-ink">
            <input
              type="radio"
              name="connector"
              className="size-4 accent-ink"
              checked={connector.id === chosen}
              onChange={() => {
                choose(connector.id);
              }}
            />
            <span className="min-w-0 flex-1">
              <span className="block font-medium">{t("drive.place.connector", { number: numberOf(connector) })}</span>
              <span className="block text-sm text-ink-2">
                {[connector.type === "UNKNOWN" ? "" : connector.type, connector.maxPowerW == null ? "" : t("drive.place.power", { power: power(locale, connector.maxPowerW) })]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
            </span>
            <StateMark state={place.online ? connectorState(connector.status === "" ? null : (connector.status as keyof typeof connectorStates), place) : offline} />
          </label>
        ))}
      </fieldset>
      {spot != null && (
        <>
          <Panel title={t("drive.place.price")}>
            <PriceView price={spot.price} />
          </Panel>
          {spot.startable && spot.price != null ? start(spot) : place.online && <Notice>{t("drive.place.notStartable")}</Notice>}
        </>
      )}
    </>
  );
}

/** As people count plugs: by the EVSE, and by the connector where an EVSE has several. */
function numberOf({ evseNo, connectorNo }: Spot): string {
  return connectorNo > 1 ? `${String(evseNo)}.${String(connectorNo)}` : String(evseNo);
}
