import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { Field, Input, Select } from "@/components/field";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { toast } from "@/components/toast";
import { ApproveStationDocument, LocationChoicesDocument, MoveStationDocument, RejectStationDocument, RemoveStationDocument, UpdateStationDocument, type StationDetailFragment } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { RotatePassword } from "./rotate-password";

const QuirksPanels = lazy(() => import("./quirks/quirks-panels"));

function Row({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-x-6 gap-y-2 border-t px-4 py-3 first:border-t-0">
      <div className="min-w-0 flex-1 basis-72">
        <p className="text-sm font-medium">{title}</p>
        <p className="text-sm text-ink-2">{text}</p>
      </div>
      {children}
    </div>
  );
}

/** What can be changed about a station; what can't be undone says so first. */
export default function SettingsTab({ station }: { station: StationDetailFragment }) {
  const { t } = useTranslation();
  const may = useMay();
  const { viewer } = useHere();
  return (
    <div className="flex max-w-3xl flex-col gap-4 p-4 sm:p-6">
      <Naming station={station} />
      {viewer.networks.length > 1 && <NetworkMove key={station.networkId} station={station} />}
      <Suspense fallback={<SkeletonRows rows={3} />}>
        <QuirksPanels station={station} />
      </Suspense>
      {may("station:credential") && (
        <Panel title={t("stationSettings.access")} flush>
          <Row title={t("stationSettings.rotate")} text={t("stationSettings.rotateText")}>
            <RotatePassword station={station} />
          </Row>
          <Registration station={station} />
        </Panel>
      )}
      <Panel title={t("stationSettings.danger")} flush>
        <Remove station={station} />
      </Panel>
    </div>
  );
}

function Naming({ station }: { station: StationDetailFragment }) {
  const { t } = useTranslation();
  const may = useMay();
  const places = useData(LocationChoicesDocument, {}, !may("location:read"));
  const [update, busy] = useChange(UpdateStationDocument);
  const [name, setName] = useState(station.name);
  const [locationId, setLocationId] = useState(station.locationId ?? "");
  const [failure, setFailure] = useState<string>();
  const changed = name !== station.name || locationId !== (station.locationId ?? "");
  const save = async () => {
    setFailure(undefined);
    const { problem } = await update({ input: { id: station.id, name, ...(locationId === "" ? { clearLocation: true } : { locationId }) } });
    if (problem == null) toast(t("common.saved"));
    else setFailure(problem.text);
  };
  return (
    <Panel title={t("stationSettings.general")}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {failure != null && <Notice tone="bad">{failure}</Notice>}
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t("add.name")}>
            {(ids) => (
              <Input
                {...ids}
                value={name}
                required
                maxLength={100}
                onChange={(event) => {
                  setName(event.target.value);
                }}
              />
            )}
          </Field>
          <Field label={t("add.location")}>
            {(ids) => (
              <Select
                {...ids}
                value={locationId}
                onChange={(event) => {
                  setLocationId(event.target.value);
                }}
              >
                <option value="">{t("add.noLocation")}</option>
                {nodes(places.data?.locations)
                  .filter((place) => place.networkId === station.networkId)
                  .map((place) => (
                    <option key={place.id} value={place.id}>
                      {place.name}
                    </option>
                  ))}
              </Select>
            )}
          </Field>
        </div>
        <Button type="submit" variant="primary" className="self-start" busy={busy} disabled={!changed}>
          {t("common.save")}
        </Button>
      </form>
    </Panel>
  );
}

function NetworkMove({ station }: { station: StationDetailFragment }) {
  const { t } = useTranslation();
  const { viewer } = useHere();
  const [move, busy] = useChange(MoveStationDocument);
  const [networkId, setNetworkId] = useState(station.networkId);
  const [asking, setAsking] = useState(false);
  const target = viewer.networks.find(({ id }) => id === networkId);
  return (
    <Panel title={t("stationSettings.network")} flush>
      <Row title={station.network.name} text={t("stationSettings.networkText")}>
        <Select
          aria-label={t("stationSettings.moveTo")}
          className="w-48"
          value={networkId}
          onChange={(event) => {
            setNetworkId(event.target.value);
          }}
        >
          {viewer.networks
            .filter(({ archivedAt }) => archivedAt == null)
            .map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
        </Select>
        <Button
          disabled={networkId === station.networkId}
          onClick={() => {
            setAsking(true);
          }}
        >
          {t("stationSettings.move")}
        </Button>
      </Row>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t("stationSettings.moveTitle", { station: station.name, network: target?.name ?? "" })}
        text={t("stationSettings.moveText")}
        action={t("stationSettings.move")}
        busy={busy}
        onConfirm={async () => {
          const { problem } = await move({ input: { id: station.id, networkId } });
          if (problem == null) toast(t("stationSettings.moved", { network: target?.name ?? "" }));
          return problem?.text;
        }}
      />
    </Panel>
  );
}

function Registration({ station }: { station: StationDetailFragment }) {
  const { t } = useTranslation();
  const [approve, approving] = useChange(ApproveStationDocument);
  const [reject, rejecting] = useChange(RejectStationDocument);
  const [asking, setAsking] = useState(false);
  const rejected = station.registrationStatus === "REJECTED";
  return (
    <>
      {station.registrationStatus !== "ACCEPTED" && (
        <Row title={t("stationSettings.approve")} text={t(rejected ? "stationSettings.approveRejected" : "stationSettings.approveText")}>
          <Button
            busy={approving}
            onClick={() => {
              void approve({ input: { id: station.id } }).then(({ problem }) => {
                toast(problem?.text ?? t("stationSettings.approved"), problem == null ? "ok" : "bad");
              });
            }}
          >
            {t("stationSettings.approve")}
          </Button>
        </Row>
      )}
      {!rejected && (
        <Row title={t("stationSettings.reject")} text={t("stationSettings.rejectText")}>
          <Button
            onClick={() => {
              setAsking(true);
            }}
          >
            {t("stationSettings.reject")}
          </Button>
        </Row>
      )}
      <Confirm
        danger
        open={asking}
        onOpenChange={setAsking}
        title={t("stationSettings.rejectTitle", { station: station.name })}
        text={t("stationSettings.rejectText")}
        action={t("stationSettings.reject")}
        busy={rejecting}
        onConfirm={async () => {
          const { problem } = await reject({ input: { id: station.id } });
          if (problem == null) toast(t("stationSettings.rejected"));
          return problem?.text;
        }}
      />
    </>
  );
}

function Remove({ station }: { station: StationDetailFragment }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const navigate = useNavigate();
  const [remove, busy] = useChange(RemoveStationDocument);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Row title={t("stationSettings.remove")} text={t("stationSettings.removeText")}>
        <Button
          variant="danger"
          onClick={() => {
            setAsking(true);
          }}
        >
          {t("stationSettings.remove")}
        </Button>
      </Row>
      <Confirm
        danger
        open={asking}
        onOpenChange={setAsking}
        title={t("stationSettings.removeTitle", { station: station.name })}
        text={t("stationSettings.removeText")}
        action={t("stationSettings.remove")}
        busy={busy}
        onConfirm={async () => {
          const { problem } = await remove({ input: { id: station.id } });
          if (problem != null) return problem.text;
          toast(t("stationSettings.removed", { station: station.name }));
          await navigate({ to: "/t/$tenant/stations", params: { tenant: tenant.slug }, search: {} });
          return undefined;
        }}
      />
    </>
  );
}
