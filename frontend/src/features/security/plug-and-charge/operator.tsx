import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { Notice } from "@/components/notice";
import { Facts, Panel } from "@/components/panel";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { SetPlugAndChargeOperatorDocument, type PlugAndChargeQuery } from "@/gql/plug-and-charge/graphql";

const OperatorDialog = lazy(() => import("./operator-dialog"));

type Props = {
  operator: PlugAndChargeQuery["plugAndChargeOperator"];
  /** Whether whoever runs the server named an operator, which counts where the tenant set none. */
  platform: boolean;
  onChanged: () => void;
};

/** Who hands out contracts and signs what stations show cars: the tenant's own operator, or the one that counts without it. */
export function Operator({ operator, platform, onChanged }: Props) {
  const { t } = useTranslation();
  const writable = useMay()("certificate:write");
  const [set, busy] = useChange(SetPlugAndChargeOperatorDocument);
  const [editing, setEditing] = useState(false);
  const [removing, setRemoving] = useState(false);
  return (
    <Panel
      title={t("pnc.operator")}
      action={
        writable && (
          <Button
            size="sm"
            onClick={() => {
              setEditing(true);
            }}
          >
            {t(operator == null ? "pnc.setOperator" : "pnc.changeOperator")}
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-4">
        <p className="text-sm text-ink-2">{t("pnc.operatorText")}</p>
        {operator == null ? (
          <Notice tone={platform ? "info" : "warn"}>{t(platform ? "pnc.platformCounts" : "pnc.nobody")}</Notice>
        ) : (
          <>
            <Facts
              facts={[
                { label: t("pnc.address"), value: <span className="code break-all">{operator.url}</span> },
                { label: t("pnc.token"), value: t("pnc.tokenKept") },
                { label: t("pnc.setBy"), value: operator.updatedBy },
                { label: t("pnc.setAt"), value: <Time at={operator.updatedAt} style="minute" /> },
              ]}
            />
            <p className="text-sm text-ink-2">{t("pnc.happens")}</p>
            {writable && (
              <Button
                size="sm"
                className="self-start"
                onClick={() => {
                  setRemoving(true);
                }}
              >
                {t("pnc.removeOperator")}
              </Button>
            )}
          </>
        )}
      </div>
      <Suspense>
        {editing && (
          <OperatorDialog
            address={operator?.url ?? ""}
            onDone={onChanged}
            onClose={() => {
              setEditing(false);
            }}
          />
        )}
      </Suspense>
      {removing && (
        <Confirm
          open
          danger
          onOpenChange={setRemoving}
          title={t("pnc.removeTitle")}
          text={t(platform ? "pnc.removePlatform" : "pnc.removeNobody")}
          action={t("pnc.removeOperator")}
          busy={busy}
          onConfirm={async () => {
            const { problem } = await set({ input: { url: "" } });
            if (problem == null) {
              toast(t("pnc.operatorRemoved"));
              onChanged();
            }
            return problem?.text;
          }}
        />
      )}
    </Panel>
  );
}
