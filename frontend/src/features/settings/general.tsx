import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Field, Input, Select } from "@/components/field";
import { Notice } from "@/components/notice";
import { Facts, Panel } from "@/components/panel";
import { toast } from "@/components/toast";
import { UpdateTenantDocument } from "@/gql/graphql";
import { withWords } from "@/i18n";

const Seller = lazy(withWords(() => import("./seller"), "more", "billing"));

const zones = Intl.supportedValuesOf("timeZone");

/** What the tenant calls itself. */
export function General() {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const may = useMay();
  const [update, busy] = useChange(UpdateTenantDocument);
  const [name, setName] = useState(tenant.name);
  const [timezone, setTimezone] = useState(tenant.timezone);
  const [failure, setFailure] = useState<string>();
  const writable = may("tenant:write");
  const save = async () => {
    setFailure(undefined);
    const { problem } = await update({ input: { name, timezone } });
    if (problem == null) toast(t("common.saved"));
    else setFailure(problem.text);
  };
  return (
    <div className="flex max-w-2xl flex-col gap-4 p-4 sm:p-6">
      <Panel title={t("settings.tenant")}>
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          {failure != null && <Notice tone="bad">{failure}</Notice>}
          <Field label={t("settings.name")}>
            {(ids) => (
              <Input
                {...ids}
                required
                maxLength={100}
                disabled={!writable}
                value={name}
                onChange={(event) => {
                  setName(event.target.value);
                }}
              />
            )}
          </Field>
          <Field label={t("locations.timezone")} hint={t("settings.timezoneHint")}>
            {(ids) => (
              <Select
                {...ids}
                disabled={!writable}
                value={timezone}
                onChange={(event) => {
                  setTimezone(event.target.value);
                }}
              >
                {[...new Set([timezone, ...zones])].map((zone) => (
                  <option key={zone}>{zone}</option>
                ))}
              </Select>
            )}
          </Field>
          <Facts
            facts={[
              { label: t("settings.slug"), value: <span className="code">{tenant.slug}</span> },
              { label: t("settings.currency"), value: tenant.currency },
            ]}
          />
          {writable && (
            <Button type="submit" variant="primary" className="self-start" busy={busy} disabled={name === tenant.name && timezone === tenant.timezone}>
              {t("common.save")}
            </Button>
          )}
        </form>
      </Panel>
      <Suspense>
        <Seller />
      </Suspense>
    </div>
  );
}
