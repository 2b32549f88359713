import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Field, Input, Select } from "@/components/field";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { toast } from "@/components/toast";
import { UpdateCertificatePolicyDocument, type FactoryCertificates, type PolicyRowFragment } from "@/gql/security/graphql";
import { clockOf, minuteOf } from "./quiet-hours";

const fields = ["organization", "lifetimeDays", "graceDays", "quietFrom", "quietTo", "factory"] as const;
type FieldName = (typeof fields)[number];

/** By what rules certificates are made and changed. */
export function PolicyForm({ policy, onSaved }: { policy: PolicyRowFragment; onSaved: () => void }) {
  const { t } = useTranslation();
  const writable = useMay()("certificate:write");
  const [update, busy] = useChange(UpdateCertificatePolicyDocument);
  const stored: Record<FieldName, string> = {
    organization: policy.organization,
    lifetimeDays: String(policy.lifetimeDays),
    graceDays: String(policy.graceDays),
    quietFrom: clockOf(policy.quietFrom),
    quietTo: clockOf(policy.quietTo),
    factory: policy.factory,
  };
  const [values, setValues] = useState(stored);
  const [problem, setProblem] = useState<{ text: string; field: string | undefined }>();
  const fieldAt = problem?.field?.split(".").at(-1);
  const at = (field: FieldName) => (fieldAt === field ? problem?.text : undefined);
  const whole = (field: FieldName) => /^\d+$/.test(values[field].trim());
  const good = whole("lifetimeDays") && whole("graceDays");
  const save = async () => {
    setProblem(undefined);
    const { problem: refused } = await update({
      input: {
        organization: values.organization.trim(),
        lifetimeDays: Number(values.lifetimeDays),
        graceDays: Number(values.graceDays),
        quietFrom: minuteOf(values.quietFrom),
        quietTo: minuteOf(values.quietTo),
        factory: values.factory as FactoryCertificates,
      },
    });
    if (refused != null) {
      setProblem(refused);
      return;
    }
    toast(t("common.saved"));
    onSaved();
  };
  const input = (field: Exclude<FieldName, "factory">, type: "text" | "time" | "number") => (
    <Field label={t(`security.policy.${field}`)} hint={t(`security.policyHint.${field}`)} error={at(field)}>
      {(ids) => (
        <Input
          {...ids}
          type={type}
          disabled={!writable}
          {...(type === "text" ? { maxLength: 64 } : {})}
          value={values[field]}
          onChange={(event) => {
            setValues((old) => ({ ...old, [field]: event.target.value }));
          }}
        />
      )}
    </Field>
  );
  return (
    <Panel title={t("security.policyTitle")}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {problem != null && !fields.some((field) => field === fieldAt) && <Notice tone="bad">{problem.text}</Notice>}
        {input("organization", "text")}
        <div className="grid gap-4 sm:grid-cols-2">
          {input("lifetimeDays", "number")}
          {input("graceDays", "number")}
          {input("quietFrom", "time")}
          {input("quietTo", "time")}
        </div>
        <Field label={t("security.policy.factory")} hint={t("security.policyHint.factory")} error={at("factory")}>
          {(ids) => (
            <Select
              {...ids}
              disabled={!writable}
              value={values.factory}
              onChange={(event) => {
                setValues((old) => ({ ...old, factory: event.target.value }));
              }}
            >
              <option value="RENEW">{t("security.factory.RENEW")}</option>
              <option value="ADMIT">{t("security.factory.ADMIT")}</option>
            </Select>
          )}
        </Field>
        {writable && (
          <Button type="submit" variant="primary" className="self-start" busy={busy} disabled={!good || fields.every((field) => values[field] === stored[field])}>
            {t("common.save")}
          </Button>
        )}
      </form>
    </Panel>
  );
}
