import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { CopyField } from "@/components/copy";
import { Notice } from "@/components/notice";
import { Facts, Panel } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { Failure } from "@/components/states";
import { Time } from "@/components/time";
import { ServerTlsDocument } from "@/gql/security/graphql";
import { DownloadPem } from "./download-pem";
import { ValidityBar } from "./validity-bar";

/** How stations reach this server over TLS, and what they need to trust for that. */
export default function ServerTab() {
  const { t } = useTranslation();
  const { data, problem, refetch } = useData(ServerTlsDocument, {});
  if (data == null) return problem == null ? <SkeletonRows /> : <Failure message={problemText(t, problem)} onRetry={refetch} />;
  const { enabled, url, legacyListener, source, certificates, roots } = data.serverTLS;
  return (
    <div className="grid items-start gap-4 p-4 sm:p-6 xl:grid-cols-2">
      <Panel title={t("security.endpoint")}>
        <div className="flex flex-col gap-4">
          {enabled ? (
            <>
              {url != null && <CopyField label={t("security.address")} value={url} hint={t("security.addressHint")} />}
              {source != null && <Facts facts={[{ label: t("security.sourceTitle"), value: t(`security.source.${source}`) }]} columns={1} />}
            </>
          ) : (
            <Notice tone="warn">{t("security.noEndpoint")}</Notice>
          )}
          {legacyListener != null && (
            <Notice tone="bad">
              {t("security.legacy")} <span className="code break-all">{legacyListener}</span>
            </Notice>
          )}
        </div>
      </Panel>
      {enabled && (
        <div className="flex min-w-0 flex-col gap-4">
          <Panel flush title={t("security.serverCertificates")}>
            {certificates.length === 0 && <p className="p-4 text-sm text-ink-2">{t("security.noServerCertificates")}</p>}
            <ul aria-label={t("security.serverCertificates")} className="divide-y">
              {certificates.map(({ subject, issuer, keyType, names, notBefore, notAfter }) => (
                <li key={`${subject} ${keyType} ${notAfter}`} className="flex flex-col gap-3 px-4 py-3">
                  <ValidityBar of={{ notBefore, notAfter }} label={t("security.validityOf", { name: `${subject}, ${keyType}` })} />
                  <Facts
                    facts={[
                      { label: t("security.subject"), value: <span className="code break-words">{subject}</span> },
                      { label: t("security.issuer"), value: <span className="code break-words">{issuer}</span> },
                      { label: t("security.keyType"), value: keyType },
                      { label: t("security.names"), value: names.join(", ") },
                    ]}
                  />
                </li>
              ))}
            </ul>
          </Panel>
          <Panel flush title={t("security.serverRoots")} note={t("security.serverRootsNote")}>
            {roots.length === 0 && <p className="p-4 text-sm text-ink-2">{t("security.publicRoots")}</p>}
            <ul aria-label={t("security.serverRoots")} className="divide-y">
              {roots.map(({ subject, fingerprint, notAfter, pem }) => (
                <li key={fingerprint} className="flex flex-wrap items-center gap-3 px-4 py-3 text-sm">
                  <span className="min-w-0 flex-1 basis-56">
                    <span className="block font-medium break-words">{subject}</span>
                    <span className="block text-xs text-ink-2">
                      {t("security.until")} <Time at={notAfter} style="date" />
                    </span>
                    <span className="code block text-xs break-all text-ink-2">{fingerprint}</span>
                  </span>
                  <DownloadPem name={subject} pem={pem} />
                </li>
              ))}
            </ul>
          </Panel>
        </div>
      )}
    </div>
  );
}
