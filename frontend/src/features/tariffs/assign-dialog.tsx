import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData } from "@/app/data";
import { useHere } from "@/app/viewer";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Input, Select } from "@/components/field";
import { Notice } from "@/components/notice";
import { toast } from "@/components/toast";
import { AssignPlacesDocument, AssignTariffDocument, type AssignTariffInput, type TariffDetailFragment } from "@/gql/billing/graphql";
import { nodes } from "@/lib/nodes";

type Props = { tariff: TariffDetailFragment; onDone: () => void; onClose: () => void };

/** Makes a tariff count somewhere: from the whole tenant down to one connector, each choice narrowing the next. */
export default function AssignDialog({ tariff, onDone, onClose }: Props) {
  const { t } = useTranslation();
  const { viewer, tenant } = useHere();
  const networks = viewer.networks.filter(({ id, archivedAt }) => archivedAt == null && (tariff.networkId == null || tariff.networkId === id));
  const [assign, busy] = useChange(AssignTariffDocument);
  const [network, setNetwork] = useState(tariff.networkId ?? "");
  const [location, setLocation] = useState("");
  const [text, setText] = useState("");
  const [station, setStation] = useState("");
  const [connector, setConnector] = useState("");
  const [failure, setFailure] = useState<string>();
  const wanted = text.trim();
  const found = useData(
    AssignPlacesDocument,
    {
      network,
      many: 200,
      stations: {
        networkId: network,
        ...(location === "" ? {} : { locationId: location }),
        ...(wanted === "" ? {} : { or: [{ nameContainsFold: wanted }, { identityContainsFold: wanted }] }),
      },
    },
    network === "",
  );
  const locations = nodes(found.data?.locations);
  const stations = nodes(found.data?.stations);
  const chosen = stations.find(({ id }) => id === station);
  const connectors = [...(chosen?.connectors ?? [])].filter(({ evseNo }) => evseNo > 0).sort((a, b) => a.evseNo - b.evseNo || a.connectorNo - b.connectorNo);
  const connectorName = (item: { evseNo: number; connectorNo: number }) => `${t("station.connectorNo", { no: item.evseNo })}${item.connectorNo > 1 ? `.${String(item.connectorNo)}` : ""}`;

  const place: Omit<AssignTariffInput, "tariffId"> =
    connector !== "" ? { connectorId: connector } : station !== "" ? { stationId: station } : location !== "" ? { locationId: location } : network !== "" ? { networkId: network } : {};
  const named = connectors.find(({ id }) => id === connector);
  const name =
    named != null
      ? `${chosen?.name ?? ""}, ${connectorName(named)}`
      : (chosen?.name ?? locations.find(({ id }) => id === location)?.name ?? networks.find(({ id }) => id === network)?.name ?? tenant.name);

  const save = async () => {
    setFailure(undefined);
    const { problem } = await assign({ input: { tariffId: tariff.id, ...place } });
    if (problem != null) {
      setFailure(problem.text);
      return;
    }
    onDone();
    toast(t("tariffs.assigned", { place: name }));
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("tariffs.assignTitle", { name: tariff.name })}
      description={t("tariffs.assignText")}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" form="assign" variant="primary" busy={busy}>
            {t("tariffs.assignRun", { place: name.length > 30 ? `${name.slice(0, 29)}…` : name })}
          </Button>
        </>
      }
    >
      <form
        id="assign"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {failure != null && <Notice tone="bad">{failure}</Notice>}
        <Field label={t("stations.network")}>
          {(ids) => (
            <Select
              {...ids}
              value={network}
              onChange={(event) => {
                setNetwork(event.target.value);
                setLocation("");
                setStation("");
                setConnector("");
              }}
            >
              {tariff.networkId == null && <option value="">{t("tariffs.level.TENANT")}</option>}
              {networks.map(({ id, name: label }) => (
                <option key={id} value={id}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {network !== "" && (
          <Field label={t("stations.location")} optional={t("common.optional")}>
            {(ids) => (
              <Select
                {...ids}
                value={location}
                onChange={(event) => {
                  setLocation(event.target.value);
                  setStation("");
                  setConnector("");
                }}
              >
                <option value="">{t("tariffs.wholeNetwork")}</option>
                {locations.map(({ id, name: label, city }) => (
                  <option key={id} value={id}>
                    {[label, city].filter(Boolean).join(", ")}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        {network !== "" && (found.data?.stations.totalCount ?? 0) > 50 && (
          <Field label={t("stations.search")}>
            {(ids) => (
              <Input
                {...ids}
                type="search"
                value={text}
                onChange={(event) => {
                  setText(event.target.value);
                  setStation("");
                  setConnector("");
                }}
              />
            )}
          </Field>
        )}
        {network !== "" && (
          <Field label={t("session.station")} optional={t("common.optional")}>
            {(ids) => (
              <Select
                {...ids}
                value={station}
                onChange={(event) => {
                  setStation(event.target.value);
                  setConnector("");
                }}
              >
                <option value="">{t(location === "" ? "tariffs.wholeNetwork" : "tariffs.wholeLocation")}</option>
                {stations.map(({ id, name: label, identity }) => (
                  <option key={id} value={id}>
                    {label === identity ? label : `${label} (${identity})`}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        {station !== "" && connectors.length > 1 && (
          <Field label={t("session.connector")} optional={t("common.optional")}>
            {(ids) => (
              <Select
                {...ids}
                value={connector}
                onChange={(event) => {
                  setConnector(event.target.value);
                }}
              >
                <option value="">{t("tariffs.wholeStation")}</option>
                {connectors.map((item) => (
                  <option key={item.id} value={item.id}>
                    {connectorName(item)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
      </form>
    </Dialog>
  );
}
