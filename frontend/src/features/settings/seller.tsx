import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Field, Input, Select, TextArea } from "@/components/field";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { toast } from "@/components/toast";
import { UpdateTenantDocument, type TenantRounding } from "@/gql/graphql";

const year = new Date().getFullYear();

/** Who sells, as receipts name them, and how amounts are rounded. */
export default function Seller() {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const writable = useMay()("tenant:write");
  const [update, busy] = useChange(UpdateTenantDocument);
  const [problem, setProblem] = useState<{ text: string; field: string | undefined }>();
  const stored = { legalName: tenant.legalName, address: tenant.address, taxId: tenant.taxId, receiptPrefix: tenant.receiptPrefix, rounding: tenant.rounding };
  const [values, setValues] = useState(stored);
  const fields = ["legalName", "address", "taxId", "receiptPrefix", "rounding"] as const;
  const fieldAt = problem?.field?.split(".").at(-1);
  const at = (field: (typeof fields)[number]) => (fieldAt === field ? problem?.text : undefined);
  const set = (change: Partial<typeof stored>) => {
    setValues((old) => ({ ...old, ...change }));
  };
  const changed = fields.some((field) => values[field] !== stored[field]);
  const save = async () => {
    setProblem(undefined);
    const outcome = await update({ input: values });
    if (outcome.problem == null) toast(t("common.saved"));
    else setProblem(outcome.problem);
  };
  return (
    <Panel title={t("seller.title")}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <p className="text-sm text-ink-2">{t("seller.text")}</p>
        {problem != null && !fields.some((field) => field === fieldAt) && <Notice tone="bad">{problem.text}</Notice>}
        <Field label={t("seller.legalName")} hint={t("seller.legalNameHint")} error={at("legalName")}>
          {(ids) => (
            <Input
              {...ids}
              maxLength={200}
              disabled={!writable}
              value={values.legalName}
              onChange={(event) => {
                set({ legalName: event.target.value });
              }}
            />
          )}
        </Field>
        <Field label={t("seller.address")} error={at("address")}>
          {(ids) => (
            <TextArea
              {...ids}
              rows={3}
              maxLength={500}
              disabled={!writable}
              value={values.address}
              onChange={(event) => {
                set({ address: event.target.value });
              }}
            />
          )}
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t("seller.taxId")} error={at("taxId")}>
            {(ids) => (
              <Input
                {...ids}
                maxLength={50}
                disabled={!writable}
                value={values.taxId}
                onChange={(event) => {
                  set({ taxId: event.target.value });
                }}
              />
            )}
          </Field>
          <Field label={t("seller.prefix")} hint={t("seller.prefixHint", { example: `${values.receiptPrefix}${values.receiptPrefix === "" ? "" : "-"}${String(year)}-000001` })} error={at("receiptPrefix")}>
            {(ids) => (
              <Input
                {...ids}
                maxLength={16}
                disabled={!writable}
                value={values.receiptPrefix}
                onChange={(event) => {
                  set({ receiptPrefix: event.target.value });
                }}
              />
            )}
          </Field>
        </div>
        <Field label={t("seller.rounding")} hint={t("seller.roundingHint")} error={at("rounding")}>
          {(ids) => (
            <Select
              {...ids}
              disabled={!writable}
              value={values.rounding}
              onChange={(event) => {
                set({ rounding: event.target.value as TenantRounding });
              }}
            >
              <option value="HALF_EVEN">{t("seller.HALF_EVEN")}</option>
              <option value="HALF_UP">{t("seller.HALF_UP")}</option>
            </Select>
          )}
        </Field>
        {writable && (
          <Button type="submit" variant="primary" className="self-start" busy={busy} disabled={!changed}>
            {t("common.save")}
          </Button>
        )}
      </form>
    </Panel>
  );
}
