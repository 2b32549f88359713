import { zodResolver } from "@hookform/resolvers/zod";
import { ChevronRight, Plus, Trash2 } from "lucide-react";
import { useFieldArray, useForm, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import * as z from "zod/mini";
import type { Outcome } from "@/app/data";
import { Button } from "@/components/button";
import { Field, Input, Select } from "@/components/field";
import { Notice } from "@/components/notice";
import type { AddStationInput, AddStationMutation, ConnectorType } from "@/gql/graphql";
import { connectorTypes } from "./connector-types";

// The identity's alphabet is OCPP's; the server says the same in words when it differs.
const form = z.object({
  identity: z.string().check(z.trim(), z.minLength(1, "missing"), z.maxLength(48, "long"), z.regex(/^[A-Za-z0-9*\-_=:+|@.]+$/, "letters")),
  name: z.string().check(z.trim(), z.maxLength(100, "long")),
  networkId: z.string(),
  locationId: z.string(),
  serialNumber: z.string().check(z.trim(), z.maxLength(50, "long")),
  password: z.union([z.literal(""), z.string().check(z.minLength(16, "password"), z.maxLength(40, "password"))]),
  securityProfile: z.enum(["0", "1", "2", "3"]),
  ocppVersion: z.enum(["1.6", "2.0.1", "2.1"]),
  connectors: z.array(z.object({ type: z.string(), kilowatts: z.union([z.literal(""), z.coerce.number<string>().check(z.positive("number"), z.maximum(2000, "number"))]) })),
});

export type AddStationForm = z.input<typeof form>;
type Filled = z.output<typeof form>;

type Props = {
  networks: readonly { id: string; name: string; allowUnsecured: boolean }[];
  locations: readonly { id: string; name: string; networkId: string }[];
  defaults?: Partial<AddStationForm>;
  onSubmit: (input: AddStationInput) => Promise<Outcome<AddStationMutation>>;
};

function toInput(values: Filled): AddStationInput {
  return {
    identity: values.identity,
    ...(values.name === "" ? {} : { name: values.name }),
    ...(values.networkId === "" ? {} : { networkId: values.networkId }),
    ...(values.locationId === "" ? {} : { locationId: values.locationId }),
    ...(values.serialNumber === "" ? {} : { serialNumber: values.serialNumber }),
    ...(values.password === "" ? {} : { password: values.password }),
    securityProfile: Number(values.securityProfile),
    ocppVersion: values.ocppVersion,
    ...(values.connectors.length === 0
      ? {}
      : {
          evses: values.connectors.map(({ type, kilowatts }, index) => ({
            evseNo: index + 1,
            connectors: [{ connectorNo: 1, type: type as ConnectorType, ...(kilowatts === "" ? {} : { maxPowerW: Math.round(kilowatts * 1000) }) }],
          })),
        }),
  };
}

export function AddStationFormView({ networks, locations, defaults, onSubmit }: Props) {
  const { t } = useTranslation();
  const { register, handleSubmit, formState, control, setError, setValue } = useForm<AddStationForm, unknown, Filled>({
    resolver: zodResolver(form),
    defaultValues: {
      identity: "",
      name: "",
      networkId: networks.length === 1 ? (networks[0]?.id ?? "") : "",
      locationId: "",
      serialNumber: "",
      password: "",
      securityProfile: "1",
      ocppVersion: "1.6",
      connectors: [],
      ...defaults,
    },
  });
  const rows = useFieldArray({ control, name: "connectors" });
  const { errors } = formState;
  const networkId = useWatch({ control, name: "networkId" });
  // A password that is hidden must neither be sent nor be found wrong.
  const profile = register("securityProfile", {
    onChange: ({ target }: { target: { value: string } }) => {
      if (target.value === "3") setValue("password", "");
    },
  });
  const byCertificate = useWatch({ control, name: "securityProfile" }) === "3";
  const network = networks.find(({ id }) => id === networkId);
  const fields = ["identity", "name", "networkId", "locationId", "serialNumber", "password", "securityProfile", "ocppVersion"] as const;

  const submit = handleSubmit(async (values) => {
    if (values.networkId === "" && networks.length > 1) {
      setError("networkId", { message: "network" }, { shouldFocus: true });
      return;
    }
    if (values.securityProfile === "3" && values.serialNumber === "") {
      setError("serialNumber", { message: "serial" }, { shouldFocus: true });
      return;
    }
    const { problem } = await onSubmit(toInput(values));
    if (problem == null) return;
    const field = fields.find((name) => name === problem.field?.split(".").at(-1));
    setError(field ?? "root", { message: problem.text }, { shouldFocus: true });
  });

  const words: Record<string, string> = {
    missing: t("add.identityMissing"),
    long: t("add.tooLong"),
    letters: t("add.identityLetters"),
    password: t("add.passwordLength"),
    network: t("add.networkMissing"),
    serial: t("add.serialMissing"),
    number: t("add.powerInvalid"),
  };
  const say = (message: string | undefined) => (message == null ? undefined : (words[message] ?? message));

  return (
    <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
      {errors.root?.message != null && <Notice tone="bad">{errors.root.message}</Notice>}
      <Field label={t("add.identity")} hint={t("add.identityHint")} error={say(errors.identity?.message)}>
        {(ids) => <Input {...ids} {...register("identity")} className="font-mono" autoComplete="off" autoCapitalize="off" spellCheck={false} autoFocus />}
      </Field>
      <Field label={t("add.name")} optional={t("common.optional")} hint={t("add.nameHint")} error={say(errors.name?.message)}>
        {(ids) => <Input {...ids} {...register("name")} autoComplete="off" />}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        {networks.length > 1 && (
          <Field label={t("add.network")} error={say(errors.networkId?.message)}>
            {(ids) => (
              <Select {...ids} {...register("networkId")}>
                <option value="">{t("common.choose")}</option>
                {networks.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <Field label={t("add.location")} optional={t("common.optional")} error={say(errors.locationId?.message)}>
          {(ids) => (
            <Select {...ids} {...register("locationId")}>
              <option value="">{t("add.noLocation")}</option>
              {locations
                .filter((place) => networkId === "" || place.networkId === networkId)
                .map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
            </Select>
          )}
        </Field>
      </div>
      <details className="group rounded-md border">
        <summary className="flex cursor-pointer list-none items-center gap-1.5 rounded-md px-3 py-2 text-sm font-medium">
          <ChevronRight aria-hidden className="size-4 text-ink-3 transition-transform group-open:rotate-90" />
          {t("add.more")}
        </summary>
        <div className="flex flex-col gap-4 border-t p-3">
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label={t("add.version")} hint={t("add.versionHint")}>
              {(ids) => (
                <Select {...ids} {...register("ocppVersion")}>
                  <option value="1.6">OCPP 1.6</option>
                  <option value="2.0.1">OCPP 2.0.1</option>
                  <option value="2.1">OCPP 2.1</option>
                </Select>
              )}
            </Field>
            <Field label={t("add.profile")} hint={byCertificate ? t("add.profile3Hint") : undefined} error={say(errors.securityProfile?.message)}>
              {(ids) => (
                <Select {...ids} {...profile}>
                  {network?.allowUnsecured === true && <option value="0">{t("add.profile0")}</option>}
                  <option value="1">{t("add.profile1")}</option>
                  <option value="2">{t("add.profile2")}</option>
                  <option value="3">{t("add.profile3")}</option>
                </Select>
              )}
            </Field>
          </div>
          {!byCertificate && (
            <Field label={t("add.password")} optional={t("common.optional")} hint={t("add.passwordHint")} error={say(errors.password?.message)}>
              {(ids) => <Input {...ids} {...register("password")} className="font-mono" autoComplete="off" spellCheck={false} />}
            </Field>
          )}
          <Field label={t("add.serial")} optional={byCertificate ? undefined : t("common.optional")} hint={t("add.serialHint")} error={say(errors.serialNumber?.message)}>
            {(ids) => <Input {...ids} {...register("serialNumber")} className="font-mono" autoComplete="off" spellCheck={false} />}
          </Field>
          <fieldset className="flex flex-col gap-2">
            <legend className="mb-1 text-sm font-medium">{t("add.connectors")}</legend>
            <p className="text-sm text-ink-2">{t("add.connectorsHint")}</p>
            {rows.fields.map((row, index) => (
              <div key={row.id} className="flex items-end gap-2">
                <Field label={t("add.connectorType", { no: index + 1 })} className="flex-1">
                  {(ids) => (
                    <Select {...ids} {...register(`connectors.${index}.type`)}>
                      {connectorTypes.map(({ value, name }) => (
                        <option key={value} value={value}>
                          {name ?? t("connectorType.unknown")}
                        </option>
                      ))}
                    </Select>
                  )}
                </Field>
                <Field label={t("add.connectorPower")} className="w-28" error={say(errors.connectors?.[index]?.kilowatts?.message)}>
                  {(ids) => <Input {...ids} {...register(`connectors.${index}.kilowatts`)} inputMode="decimal" placeholder="22" />}
                </Field>
                <Button
                  variant="quiet"
                  size="icon"
                  aria-label={t("add.connectorRemove", { no: index + 1 })}
                  onClick={() => {
                    rows.remove(index);
                  }}
                >
                  <Trash2 aria-hidden />
                </Button>
              </div>
            ))}
            <Button
              size="sm"
              className="self-start"
              onClick={() => {
                rows.append({ type: "TYPE2", kilowatts: "" });
              }}
            >
              <Plus aria-hidden />
              {t("add.connectorAdd")}
            </Button>
          </fieldset>
        </div>
      </details>
      <Button type="submit" variant="primary" className="self-start" busy={formState.isSubmitting}>
        {t("add.submit")}
      </Button>
    </form>
  );
}
