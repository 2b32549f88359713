import { Network as NetworkIcon, Pencil, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, usePages } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { DataTable, type Column } from "@/components/data-table";
import { Dialog } from "@/components/dialog";
import { Checkbox, Field, Input } from "@/components/field";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Notice } from "@/components/notice";
import { Empty } from "@/components/states";
import { toast } from "@/components/toast";
import { ArchiveNetworkDocument, CreateNetworkDocument, NetworksDocument, UpdateNetworkDocument, type NetworkRowFragment } from "@/gql/graphql";
import { useLocale } from "@/lib/locale";
import { money } from "@/lib/money";
import { nodes } from "@/lib/nodes";
import { SectionHead } from "./section-head";

/** The areas a tenant is divided into. */
export default function Networks() {
  const { t } = useTranslation();
  const locale = useLocale();
  const may = useMay();
  const [edited, setEdited] = useState<NetworkRowFragment | "new">();
  const list = usePages(NetworksDocument, { first: 50 }, (data) => data.networks);
  const networks = nodes(list.data?.networks);
  const writable = may("network:write");
  const columns = useMemo<Column<NetworkRowFragment>[]>(
    () => [
      { id: "name", header: t("settings.name"), cell: ({ name }) => <span className="font-medium">{name}</span> },
      { id: "slug", header: t("settings.slug"), cell: ({ slug }) => <span className="code text-ink-2">{slug}</span> },
      { id: "currency", header: t("settings.currency"), className: "hidden sm:table-cell", cell: ({ currency }) => currency },
      {
        id: "rules",
        header: t("networks.rules"),
        className: "hidden md:table-cell",
        cell: ({ allowUnsecured, acceptUnknownTokens, free, driverSignUp, hold }) => (
          <span className="flex flex-wrap items-center gap-1">
            {free && <Badge tone="ok">{t("networkMoney.freeBadge")}</Badge>}
            {driverSignUp && <Badge tone="busy">{t("networkMoney.signUpBadge")}</Badge>}
            {hold != null && <Badge>{t("networkMoney.holdShort", { amount: money(locale, hold) })}</Badge>}
            {allowUnsecured && <Badge tone="warn">{t("networks.unsecured")}</Badge>}
            {acceptUnknownTokens && <Badge tone="warn">{t("networks.unknownTokens")}</Badge>}
          </span>
        ),
      },
      {
        id: "edit",
        header: "",
        end: true,
        cell: (network) =>
          writable && (
            <Button
              variant="quiet"
              size="icon-sm"
              aria-label={t("networks.edit", { name: network.name })}
              onClick={() => {
                setEdited(network);
              }}
            >
              <Pencil aria-hidden />
            </Button>
          ),
      },
    ],
    [t, locale, writable],
  );
  return (
    <>
      <SectionHead
        text={t("networks.text")}
        action={
          writable && (
            <Button
              variant="primary"
              onClick={() => {
                setEdited("new");
              }}
            >
              <Plus aria-hidden />
              {t("networks.add")}
            </Button>
          )
        }
      />
      <ListStates
        loading={list.loading}
        problem={list.problem}
        onRetry={list.refetch}
        count={list.data == null ? undefined : networks.length}
        empty={<Empty icon={<NetworkIcon />} title={t("networks.none")} />}
      >
        <DataTable label={t("settings.networks")} columns={columns} rows={networks} rowId={({ id }) => id} />
        <More shown={networks.length} total={list.data?.networks.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
      </ListStates>
      {edited != null && (
        <NetworkDialog
          {...(edited === "new" ? {} : { network: edited })}
          onClose={() => {
            setEdited(undefined);
          }}
        />
      )}
    </>
  );
}

function NetworkDialog({ network, onClose }: { network?: NetworkRowFragment; onClose: () => void }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const [create, creating] = useChange(CreateNetworkDocument);
  const [update, updating] = useChange(UpdateNetworkDocument);
  const [archive, archiving] = useChange(ArchiveNetworkDocument);
  const [asking, setAsking] = useState(false);
  const [name, setName] = useState(network?.name ?? "");
  const [currency, setCurrency] = useState(network?.currency ?? tenant.currency);
  const [allowUnsecured, setAllowUnsecured] = useState(network?.allowUnsecured ?? false);
  const [acceptUnknownTokens, setAcceptUnknownTokens] = useState(network?.acceptUnknownTokens ?? false);
  const [free, setFree] = useState(network?.free ?? false);
  const [driverSignUp, setDriverSignUp] = useState(network?.driverSignUp ?? false);
  const [hold, setHold] = useState(network?.hold?.amount ?? "");
  const [problem, setProblem] = useState<{ text: string; field: string | undefined }>();
  const save = async () => {
    setProblem(undefined);
    const rules = { name: name.trim(), allowUnsecured, acceptUnknownTokens, free };
    const typed = hold.trim();
    const held = network == null || typed === (network.hold?.amount ?? "") ? {} : typed === "" ? { usualHold: true } : { hold: { amount: typed, currency: network.currency } };
    const outcome = network == null ? await create({ input: { ...rules, currency: currency.trim().toUpperCase() } }) : await update({ input: { ...rules, ...held, driverSignUp, id: network.id } });
    if (outcome.problem != null) {
      setProblem(outcome.problem);
      return;
    }
    toast(t(network == null ? "networks.added" : "common.saved"));
    onClose();
  };
  const at = (field: string) => (problem?.field?.split(".").includes(field) === true ? problem.text : undefined);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={network == null ? t("networks.add") : t("networks.edit", { name: network.name })}
      footer={
        <>
          {network != null && (
            <Button
              variant="quiet"
              className="mr-auto text-bad!"
              onClick={() => {
                setAsking(true);
              }}
            >
              {t("networks.archive")}
            </Button>
          )}
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" form="network" variant="primary" busy={creating || updating} disabled={name.trim() === ""}>
            {t("common.save")}
          </Button>
        </>
      }
    >
      <form
        id="network"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {problem != null && at("name") == null && at("currency") == null && at("hold") == null && <Notice tone="bad">{problem.text}</Notice>}
        <Field label={t("settings.name")} error={at("name")}>
          {(ids) => (
            <Input
              {...ids}
              value={name}
              maxLength={100}
              onChange={(event) => {
                setName(event.target.value);
              }}
            />
          )}
        </Field>
        {network == null && (
          <Field label={t("settings.currency")} hint={t("networks.currencyHint")} error={at("currency")}>
            {(ids) => (
              <Input
                {...ids}
                value={currency}
                maxLength={3}
                className="uppercase"
                onChange={(event) => {
                  setCurrency(event.target.value);
                }}
              />
            )}
          </Field>
        )}
        <Checkbox
          label={t("networkMoney.free")}
          hint={t("networkMoney.freeHint")}
          checked={free}
          onChange={(event) => {
            setFree(event.target.checked);
          }}
        />
        {network != null && (
          <>
            <Field label={t("networkMoney.hold", { currency: network.currency })} optional={t("common.optional")} hint={t("networkMoney.holdHint")} error={at("hold")}>
              {(ids) => (
                <Input
                  {...ids}
                  inputMode="decimal"
                  value={hold}
                  onChange={(event) => {
                    setHold(event.target.value);
                  }}
                />
              )}
            </Field>
            <Checkbox
              label={t("networkMoney.signUp")}
              hint={t("networkMoney.signUpHint")}
              checked={driverSignUp}
              onChange={(event) => {
                setDriverSignUp(event.target.checked);
              }}
            />
          </>
        )}
        <Checkbox
          label={t("networks.allowUnsecured")}
          hint={t("networks.allowUnsecuredHint")}
          checked={allowUnsecured}
          onChange={(event) => {
            setAllowUnsecured(event.target.checked);
          }}
        />
        <Checkbox
          label={t("networks.acceptUnknownTokens")}
          hint={t("networks.acceptUnknownTokensHint")}
          checked={acceptUnknownTokens}
          onChange={(event) => {
            setAcceptUnknownTokens(event.target.checked);
          }}
        />
      </form>
      {network != null && (
        <Confirm
          danger
          open={asking}
          onOpenChange={setAsking}
          title={t("networks.archiveTitle", { name: network.name })}
          text={t("networks.archiveText")}
          action={t("networks.archive")}
          busy={archiving}
          onConfirm={async () => {
            const outcome = await archive({ input: { id: network.id } });
            if (outcome.problem != null) return outcome.problem.text;
            toast(t("networks.archived"));
            onClose();
            return undefined;
          }}
        />
      )}
    </Dialog>
  );
}
