import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Input } from "@/components/field";
import { Notice } from "@/components/notice";
import { toast } from "@/components/toast";
import { SetPlugAndChargeOperatorDocument } from "@/gql/plug-and-charge/graphql";

/** Where the operator is reached, and the token that it issued: the token is entered anew each time, since nobody is shown it again. */
export default function OperatorDialog({ address, onDone, onClose }: { address: string; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [set, busy] = useChange(SetPlugAndChargeOperatorDocument);
  const [url, setUrl] = useState(address);
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<{ text: string; field: string | undefined }>();
  const at = (field: string) => (problem?.field?.split(".").at(-1) === field ? problem.text : undefined);
  const save = async () => {
    setProblem(undefined);
    const { problem: refused } = await set({ input: { url: url.trim(), token: token.trim() } });
    if (refused != null) {
      setProblem(refused);
      return;
    }
    toast(t("pnc.operatorSet"));
    onDone();
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t(address === "" ? "pnc.setOperator" : "pnc.changeOperator")}
      description={t("pnc.operatorHow")}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" form="operator" variant="primary" busy={busy} disabled={url.trim() === "" || token.trim() === ""}>
            {t("common.save")}
          </Button>
        </>
      }
    >
      <form
        id="operator"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field label={t("pnc.address")} hint={t("pnc.addressHint")} error={at("url")}>
          {(ids) => (
            <Input
              {...ids}
              inputMode="url"
              autoComplete="off"
              placeholder="https://"
              maxLength={2000}
              value={url}
              onChange={(event) => {
                setUrl(event.target.value);
              }}
            />
          )}
        </Field>
        <Field label={t("pnc.token")} hint={t("pnc.tokenHint")} error={at("token")}>
          {(ids) => (
            <Input
              {...ids}
              type="password"
              autoComplete="new-password"
              maxLength={4000}
              value={token}
              onChange={(event) => {
                setToken(event.target.value);
              }}
            />
          )}
        </Field>
        <p className="text-sm text-ink-2">{t("pnc.happens")}</p>
        {problem != null && at("url") == null && at("token") == null && <Notice tone="bad">{problem.text}</Notice>}
      </form>
    </Dialog>
  );
}
