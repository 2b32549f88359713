import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import type { Problem } from "@/app/errors";
import { Field, Input } from "@/components/field";
import { toast } from "@/components/toast";
import { AddDriverTokenDocument } from "@/gql/drivers/graphql";
import { faultAt, MoneyDialog } from "./money-dialog";

/** A card that a driver holds to a reader. */
export default function CardDialog({ driver, onAdded, onClose }: { driver: string; onAdded: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [add, busy] = useChange(AddDriverTokenDocument);
  const [idTag, setIdTag] = useState("");
  const [label, setLabel] = useState("");
  const [problem, setProblem] = useState<Problem & { text: string }>();
  const run = async () => {
    setProblem(undefined);
    const { problem: refused } = await add({ input: { idTag: idTag.trim(), type: "RFID", label: label.trim(), driverId: driver } });
    if (refused != null) {
      setProblem(refused);
      return;
    }
    toast(t("common.saved"));
    onAdded();
    onClose();
  };
  return (
    <MoneyDialog
      title={t("drivers.addCard")}
      text={t("drivers.addCardText")}
      action={t("drivers.addCard")}
      busy={busy}
      ready={idTag.trim() !== ""}
      problem={problem}
      fields={["idTag", "label"]}
      onRun={run}
      onClose={onClose}
    >
      <Field label={t("drivers.cardNumber")} hint={t("drivers.cardNumberHint")} error={faultAt(problem, "idTag")}>
        {(ids) => (
          <Input
            {...ids}
            className="font-mono"
            autoComplete="off"
            spellCheck={false}
            maxLength={255}
            value={idTag}
            onChange={(event) => {
              setIdTag(event.target.value);
            }}
          />
        )}
      </Field>
      <Field label={t("drivers.cardLabel")} optional={t("common.optional")} error={faultAt(problem, "label")}>
        {(ids) => (
          <Input
            {...ids}
            maxLength={200}
            value={label}
            onChange={(event) => {
              setLabel(event.target.value);
            }}
          />
        )}
      </Field>
    </MoneyDialog>
  );
}
