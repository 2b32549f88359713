import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import type { Problem } from "@/app/errors";
import { useHere } from "@/app/viewer";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Input, Select } from "@/components/field";
import { Notice } from "@/components/notice";
import { toast } from "@/components/toast";
import { CreateDriverDocument, UpdateDriverDocument, type DriverFieldsFragment } from "@/gql/drivers/graphql";
import { languages } from "@/i18n";

type Props = { driver?: DriverFieldsFragment; onSaved: (id: string) => void; onClose: () => void };

const shown = ["name", "email", "phone", "language", "note", "networkId"];

/** A new driver, or what is known of one. */
export default function DriverDialog({ driver, onSaved, onClose }: Props) {
  const { t } = useTranslation();
  const { viewer, network } = useHere();
  const [create, creating] = useChange(CreateDriverDocument);
  const [update, updating] = useChange(UpdateDriverDocument);
  const [value, setValue] = useState({ name: driver?.name ?? "", email: driver?.email ?? "", phone: driver?.phone ?? "", language: driver?.language ?? "en", note: driver?.note ?? "" });
  const [networkId, setNetworkId] = useState(network ?? viewer.networks[0]?.id ?? "");
  const [problem, setProblem] = useState<Problem & { text: string }>();
  const at = (field: string) => (problem?.field?.split(".").at(-1) === field ? problem.text : undefined);
  const save = async () => {
    setProblem(undefined);
    const fields = { name: value.name.trim(), email: value.email.trim(), phone: value.phone.trim(), language: value.language, note: value.note.trim() };
    const outcome =
      driver == null ? await create({ input: { ...fields, ...(networkId === "" ? {} : { networkId }) } }) : await update({ input: { id: driver.id, ...fields } });
    if (outcome.problem != null) {
      setProblem(outcome.problem);
      return;
    }
    toast(t("common.saved"));
    onClose();
    onSaved("createDriver" in outcome.data ? outcome.data.createDriver.driver.id : outcome.data.updateDriver.driver.id);
  };
  const line = (field: "name" | "email" | "phone" | "note", type: string, most: number) => (
    <Field label={t(`drivers.${field}`)} error={at(field)} optional={field === "name" ? undefined : t("common.optional")}>
      {(ids) => (
        <Input
          {...ids}
          type={type}
          maxLength={most}
          autoComplete="off"
          value={value[field]}
          onChange={(event) => {
            setValue((old) => ({ ...old, [field]: event.target.value }));
          }}
        />
      )}
    </Field>
  );
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={driver == null ? t("drivers.add") : t("drivers.edit")}
      description={driver == null ? t("drivers.addText") : undefined}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" form="driver" variant="primary" busy={creating || updating} disabled={value.name.trim() === ""}>
            {t("common.save")}
          </Button>
        </>
      }
    >
      <form
        id="driver"
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {line("name", "text", 200)}
        {line("email", "email", 254)}
        {line("phone", "tel", 40)}
        <Field label={t("drivers.language")} hint={t("drivers.languageHint")} error={at("language")}>
          {(ids) => (
            <Select
              {...ids}
              value={value.language}
              onChange={(event) => {
                setValue((old) => ({ ...old, language: event.target.value }));
              }}
            >
              {languages.map(({ code, name }) => (
                <option key={code} value={code}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {driver == null && viewer.networks.length > 1 && (
          <Field label={t("drivers.network")} hint={t("drivers.networkHint")} error={at("networkId")}>
            {(ids) => (
              <Select
                {...ids}
                value={networkId}
                onChange={(event) => {
                  setNetworkId(event.target.value);
                }}
              >
                {viewer.networks.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        {line("note", "text", 1000)}
        {problem != null && !shown.some((field) => at(field) != null) && <Notice tone="bad">{problem.text}</Notice>}
      </form>
    </Dialog>
  );
}
