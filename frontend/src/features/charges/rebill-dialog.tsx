import { useEffect, useEffectEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { mutate, useChange, useData } from "@/app/data";
import { problemOf, problemText } from "@/app/errors";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Select, TextArea } from "@/components/field";
import { Notice } from "@/components/notice";
import { Skeleton } from "@/components/skeleton";
import { toast } from "@/components/toast";
import { RebillSessionDocument, RebillTariffsDocument, type ChargeDetailFragment, type RebillSessionMutation } from "@/gql/billing/graphql";
import { useLocale } from "@/lib/locale";
import { isZero, money } from "@/lib/money";
import { nodes } from "@/lib/nodes";
import { DifferenceTable, signed } from "./difference-table";

type Preview = Awaited<ReturnType<typeof mutate<RebillSessionMutation, unknown>>>;

/** Rates a session by a version of a tariff, shows what would change, and books the difference only then. */
export function RebillDialog({ charge, onDone, onClose }: { charge: ChargeDetailFragment; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useClient();
  const sessionId = charge.session.id;
  const [rebill, busy] = useChange(RebillSessionDocument);
  const tariffs = useData(RebillTariffsDocument, { where: { currency: charge.currency, archivedAtIsNil: true, or: [{ networkId: charge.networkId }, { networkIdIsNil: true }] } });
  const [version, setVersion] = useState("");
  const [shown, setShown] = useState<RebillSessionMutation["rebillSession"]>();
  const [reason, setReason] = useState("");
  const [failure, setFailure] = useState<string>();
  const [missing, setMissing] = useState(false);

  const preview = useEffectEvent((answer: Preview) => {
    setShown(answer.data?.rebillSession);
    setFailure(answer.error == null ? undefined : problemText(t, problemOf(answer.error)));
  });
  useEffect(() => {
    let current = true;
    void mutate(client, RebillSessionDocument, { input: { sessionId, ...(version === "" ? {} : { tariffVersionId: version }) } }).then((answer) => {
      if (current) preview(answer);
    });
    return () => {
      current = false;
    };
  }, [client, sessionId, version]);

  const changes = shown != null && shown.differences.some(({ net, tax }) => !isZero(net) || !isZero(tax));
  const run = async () => {
    if (reason.trim() === "") {
      setMissing(true);
      return;
    }
    setFailure(undefined);
    const { problem } = await rebill({ input: { sessionId, ...(version === "" ? {} : { tariffVersionId: version }), apply: true, reason: reason.trim() } });
    if (problem != null) {
      setFailure(problem.text);
      return;
    }
    toast(t("charges.rebilled"));
    onDone();
    onClose();
  };
  return (
    <Dialog
      wide
      open
      onOpenChange={onClose}
      title={t("charges.rebill")}
      description={t("charges.rebillText")}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" form="rebill" variant="primary" busy={busy} disabled={!changes}>
            {shown == null || !changes ? t("charges.apply") : t("charges.rebillApply", { amount: signed(locale, shown.total) })}
          </Button>
        </>
      }
    >
      <form
        id="rebill"
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Field label={t("charges.rebillBy")}>
          {(ids) => (
            <Select
              {...ids}
              value={version}
              onChange={(event) => {
                setVersion(event.target.value);
                setShown(undefined);
                setFailure(undefined);
              }}
            >
              <option value="">{t("charges.rebillOwn")}</option>
              {nodes(tariffs.data?.tariffs).flatMap(({ name, versions }) =>
                versions.map(({ id, number }) => (
                  <option key={id} value={id}>
                    {name}, {t("tariffs.versionNo", { no: number })}
                  </option>
                )),
              )}
            </Select>
          )}
        </Field>
        {failure != null && <Notice tone="bad">{failure}</Notice>}
        {shown == null ? (
          failure == null && <Skeleton className="h-24!" />
        ) : (
          <div className="rounded-md border">
            <DifferenceTable lines={shown.differences} currency={shown.after.currency} label={t("charges.differenceOf")} />
            <p className="tabular flex justify-between gap-4 border-t px-4 py-2 text-sm font-semibold">
              <span>{t("bill.total")}</span>
              <span>
                {shown.before == null ? "" : `${money(locale, shown.before.total)} → `}
                {money(locale, shown.after.total)}
              </span>
            </p>
          </div>
        )}
        {changes && (
          <Field label={t("charges.reason")} hint={t("charges.reasonHint")} error={missing && reason.trim() === "" ? t("charges.reasonMissing") : undefined}>
            {(ids) => (
              <TextArea
                {...ids}
                rows={2}
                maxLength={500}
                value={reason}
                onChange={(event) => {
                  setReason(event.target.value);
                }}
              />
            )}
          </Field>
        )}
      </form>
    </Dialog>
  );
}
