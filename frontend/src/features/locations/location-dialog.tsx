import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import * as z from "zod/mini";
import { useChange } from "@/app/data";
import { useHere } from "@/app/viewer";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Input, Select } from "@/components/field";
import { Notice } from "@/components/notice";
import { toast } from "@/components/toast";
import { CreateLocationDocument, UpdateLocationDocument, type LocationRowFragment } from "@/gql/graphql";

const degrees = (limit: number) => z.union([z.literal(""), z.coerce.number<string>().check(z.minimum(-limit, "degrees"), z.maximum(limit, "degrees"))]);

const form = z.object({
  name: z.string().check(z.trim(), z.minLength(1, "missing"), z.maxLength(100, "long")),
  address: z.string().check(z.trim()),
  postalCode: z.string().check(z.trim()),
  city: z.string().check(z.trim()),
  country: z.union([z.literal(""), z.string().check(z.trim(), z.toUpperCase(), z.regex(/^[A-Z]{2}$/, "country"))]),
  latitude: degrees(90),
  longitude: degrees(180),
  timezone: z.string(),
  networkId: z.string(),
});

const zones = Intl.supportedValuesOf("timeZone");

/** Makes a location, or changes one. */
export default function LocationDialog({ location, onClose }: { location?: LocationRowFragment; onClose: () => void }) {
  const { t } = useTranslation();
  const { viewer, tenant, network } = useHere();
  const networks = viewer.networks.filter(({ archivedAt, slug }) => archivedAt == null && (network == null || slug === network));
  const [create] = useChange(CreateLocationDocument);
  const [update] = useChange(UpdateLocationDocument);
  const { register, handleSubmit, formState, setError } = useForm({
    resolver: zodResolver(form),
    defaultValues: {
      name: location?.name ?? "",
      address: location?.address ?? "",
      postalCode: location?.postalCode ?? "",
      city: location?.city ?? "",
      country: location?.country ?? "",
      latitude: location?.latitude == null ? "" : String(location.latitude),
      longitude: location?.longitude == null ? "" : String(location.longitude),
      timezone: location?.timezone ?? tenant.timezone,
      networkId: location?.networkId ?? networks[0]?.id ?? "",
    },
  });
  const { errors } = formState;
  const words: Record<string, string> = { missing: t("locations.nameMissing"), long: t("add.tooLong"), country: t("locations.countryInvalid"), degrees: t("locations.degreesInvalid") };
  const say = (message: string | undefined) => (message == null ? undefined : (words[message] ?? message));

  const submit = handleSubmit(async ({ networkId, latitude, longitude, ...rest }) => {
    const input = { ...rest, ...(latitude === "" ? {} : { latitude }), ...(longitude === "" ? {} : { longitude }) };
    const { problem } = location == null ? await create({ input: { ...input, ...(networkId === "" ? {} : { networkId }) } }) : await update({ input: { ...input, id: location.id } });
    if (problem == null) {
      toast(t(location == null ? "locations.added" : "common.saved"));
      onClose();
      return;
    }
    const field = (["name", "address", "postalCode", "city", "country", "latitude", "longitude", "timezone", "networkId"] as const).find((name) => name === problem.field?.split(".").at(-1));
    setError(field ?? "root", { message: problem.text }, { shouldFocus: true });
  });

  return (
    <Dialog
      wide
      open
      onOpenChange={onClose}
      title={t(location == null ? "locations.add" : "locations.edit")}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" form="location" variant="primary" busy={formState.isSubmitting}>
            {t(location == null ? "locations.create" : "common.save")}
          </Button>
        </>
      }
    >
      <form id="location" noValidate className="grid gap-4 sm:grid-cols-6" onSubmit={(event) => void submit(event)}>
        {errors.root?.message != null && (
          <div className="sm:col-span-6">
            <Notice tone="bad">{errors.root.message}</Notice>
          </div>
        )}
        <Field label={t("locations.name")} error={say(errors.name?.message)} className="sm:col-span-6">
          {(ids) => <Input {...ids} {...register("name")} autoFocus />}
        </Field>
        <Field label={t("locations.address")} error={say(errors.address?.message)} className="sm:col-span-6">
          {(ids) => <Input {...ids} {...register("address")} autoComplete="street-address" />}
        </Field>
        <Field label={t("locations.postalCode")} error={say(errors.postalCode?.message)} className="sm:col-span-2">
          {(ids) => <Input {...ids} {...register("postalCode")} autoComplete="postal-code" />}
        </Field>
        <Field label={t("locations.city")} error={say(errors.city?.message)} className="sm:col-span-2">
          {(ids) => <Input {...ids} {...register("city")} />}
        </Field>
        <Field label={t("locations.country")} hint={t("locations.countryHint")} error={say(errors.country?.message)} className="sm:col-span-2">
          {(ids) => <Input {...ids} {...register("country")} maxLength={2} className="uppercase" />}
        </Field>
        <Field label={t("locations.latitude")} error={say(errors.latitude?.message)} className="sm:col-span-2">
          {(ids) => <Input {...ids} {...register("latitude")} inputMode="decimal" placeholder="52.3702" />}
        </Field>
        <Field label={t("locations.longitude")} error={say(errors.longitude?.message)} className="sm:col-span-2">
          {(ids) => <Input {...ids} {...register("longitude")} inputMode="decimal" placeholder="4.8952" />}
        </Field>
        <Field label={t("locations.timezone")} error={say(errors.timezone?.message)} className="sm:col-span-2">
          {(ids) => (
            <Select {...ids} {...register("timezone")}>
              {zones.map((zone) => (
                <option key={zone}>{zone}</option>
              ))}
            </Select>
          )}
        </Field>
        {location == null && networks.length > 1 && (
          <Field label={t("stations.network")} error={say(errors.networkId?.message)} className="sm:col-span-6">
            {(ids) => (
              <Select {...ids} {...register("networkId")}>
                {networks.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
      </form>
    </Dialog>
  );
}
