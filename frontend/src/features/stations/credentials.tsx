import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyField } from "@/components/copy";
import { Field, Select } from "@/components/field";
import { Notice } from "@/components/notice";
import { hexForm, makers, urlParts } from "./makers";

type Props = {
  identity: string;
  urls: readonly { url: string; secure: boolean; note: string }[];
  password: string | null | undefined;
};

/** What to enter on the station, in the terms of its maker; the password is in memory only, and only now. */
export function Credentials({ identity, urls, password }: Props) {
  const { t } = useTranslation();
  const [key, setKey] = useState("");
  const maker = makers.find((item) => item.key === key);
  const shown = urls.map((item) => ({ ...item, url: maker?.url?.(item.url) ?? item.url }));
  const hex = maker?.hex != null && password != null ? hexForm(password, maker.hex) : undefined;
  const parts = maker?.key === "viaris" && shown[0] != null ? urlParts(shown[0].url) : undefined;

  return (
    <div className="flex flex-col gap-4">
      <Field label={t("credentials.maker")}>
        {(ids) => (
          <Select
            {...ids}
            value={key}
            onChange={(event) => {
              setKey(event.target.value);
            }}
          >
            <option value="">{t("credentials.otherMaker")}</option>
            {makers.map((item) => (
              <option key={item.key} value={item.key}>
                {item.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {maker != null && <Notice>{t(maker.hint)}</Notice>}
      {shown.map(({ url, note }, index) => (
        <CopyField key={url} label={index === 0 ? t("credentials.url") : t("credentials.otherUrl")} value={url} hint={note} strong={index === 0} />
      ))}
      {parts != null && (
        <div className="grid gap-3 sm:grid-cols-3">
          <CopyField label={t("credentials.host")} value={parts.host} />
          <CopyField label={t("credentials.port")} value={parts.port} />
          <CopyField label={t("credentials.path")} value={parts.path} />
        </div>
      )}
      <CopyField label={t("credentials.identity")} value={identity} strong />
      {password != null && (
        <>
          {hex == null || hex.same ? (
            <CopyField label={t("credentials.password")} value={password} hint={hex?.same ? t("credentials.hexSame") : undefined} strong />
          ) : (
            <>
              <CopyField label={t("credentials.hex")} value={hex.text} hint={t("credentials.hexHint")} strong />
              {!hex.fits && maker?.hex != null && <Notice tone="warn">{t("credentials.hexLength", { maker: maker.name, count: maker.hex.most / 2 })}</Notice>}
              <CopyField label={t("credentials.passwordPlain")} value={password} />
            </>
          )}
          <Notice tone="warn">{t("credentials.once")}</Notice>
        </>
      )}
    </div>
  );
}
