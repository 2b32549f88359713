import { Landmark } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { CopyField } from "@/components/copy";
import { Field, Input } from "@/components/field";
import { Notice } from "@/components/notice";
import { Facts, Panel } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { Failure } from "@/components/states";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { useWatch } from "@/features/bulk/use-watch";
import { AuthoritiesDocument, CreateAuthorityDocument, type AuthorityRowFragment } from "@/gql/security/graphql";
import { StateMark } from "@/status/mark";
import { DownloadPem } from "./download-pem";
import { Makers } from "./makers";
import { PolicyForm } from "./policy-form";
import { Rotation } from "./rotation";
import { authorityStates } from "./states";
import { ValidityBar } from "./validity-bar";

const ranks = { ACTIVE: 0, NEXT: 2, RETIRING: 4, RETIRED: 6 };
const rank = ({ kind, status }: AuthorityRowFragment) => ranks[status] + (kind === "ROOT" ? 0 : 1);

/** What signs now first, and a root before what signs under it. */
const byRank = (one: AuthorityRowFragment, other: AuthorityRowFragment) => rank(one) - rank(other);

/** Who signs for the stations of the tenant, whom else it believes, and by what rules. */
export default function AuthoritiesTab() {
  const { t } = useTranslation();
  const { data, problem, refetch } = useData(AuthoritiesDocument, {});
  const all = data?.certificateAuthorities ?? [];
  const own = all.filter(({ kind, status }) => (kind === "ROOT" || kind === "INTERMEDIATE") && status !== "RETIRED");
  // Stations confirm the next root one after the other, and no event tells of it.
  useWatch(
    own.some(({ status }) => status === "NEXT"),
    refetch,
  );
  if (data == null) return problem == null ? <SkeletonRows /> : <Failure message={problemText(t, problem)} onRetry={refetch} />;
  const signing = own.find(({ kind, status }) => kind === "INTERMEDIATE" && status === "ACTIVE");
  return (
    <div className="grid items-start gap-4 p-4 sm:p-6 xl:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-4">
        {own.length === 0 ? <Create organization={data.certificatePolicy.organization} onDone={refetch} /> : <Own authorities={own} />}
        {own.length > 0 && <Rotation authorities={own} onChanged={refetch} />}
        {signing?.crlURL != null && signing.ocspURL != null && (
          <Panel title={t("security.lists")}>
            <div className="flex flex-col gap-3">
              <p className="text-sm text-ink-2">{t("security.listsText")}</p>
              <CopyField label={t("security.crl")} value={signing.crlURL} />
              <CopyField label={t("security.ocsp")} value={signing.ocspURL} />
            </div>
          </Panel>
        )}
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <Makers authorities={all.filter(({ kind, status }) => kind === "MANUFACTURER" && status !== "RETIRED")} onChanged={refetch} />
        <PolicyForm key={JSON.stringify(data.certificatePolicy)} policy={data.certificatePolicy} onSaved={refetch} />
      </div>
    </div>
  );
}

function Own({ authorities }: { authorities: readonly AuthorityRowFragment[] }) {
  const { t } = useTranslation();
  return (
    <Panel flush title={t("security.ownAuthorities")}>
      <ul aria-label={t("security.ownAuthorities")} className="divide-y">
        {[...authorities].sort(byRank).map((authority) => (
          <li key={authority.id} data-kind={authority.kind} data-status={authority.status} className="flex flex-col gap-2 px-4 py-3">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <span className="text-sm font-medium">{t(authority.kind === "ROOT" ? "security.root" : "security.signing")}</span>
              <StateMark state={authorityStates[authority.status]} />
              <span className="ml-auto">
                <DownloadPem name={authority.name} pem={authority.pem} />
              </span>
            </div>
            <p className="text-sm break-words">{authority.name}</p>
            <ValidityBar of={authority} label={t("security.validityOf", { name: authority.name })} />
            <Facts
              facts={[
                { label: t("security.inForce"), value: String(authority.certificates) },
                ...(authority.installed == null || (authority.status !== "NEXT" && authority.installed.stations === 0)
                  ? []
                  : [{ label: t("security.confirmed"), value: t("security.confirmedOf", { stations: authority.installed.stations, all: authority.installed.stations + authority.installed.missing }) }]),
                { label: t("security.madeBy"), value: authority.createdBy },
                ...(authority.activatedAt == null ? [] : [{ label: t("security.activeSince"), value: <Time at={authority.activatedAt} style="date" /> }]),
              ]}
            />
            <p className="code text-xs break-all text-ink-2">
              {t("security.fingerprint")}: {authority.fingerprint}
            </p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Create({ organization, onDone }: { organization: string; onDone: () => void }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const writable = useMay()("certificate:write");
  const [create, busy] = useChange(CreateAuthorityDocument);
  const [name, setName] = useState(organization === "" ? tenant.name : organization);
  const [failure, setFailure] = useState<string>();
  const save = async () => {
    setFailure(undefined);
    const { problem } = await create({ input: { organization: name.trim() } });
    if (problem != null) {
      setFailure(problem.text);
      return;
    }
    toast(t("security.created"));
    onDone();
  };
  return (
    <Panel title={t("security.createTitle")}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <p className="flex items-start gap-3 text-sm text-ink-2">
          <Landmark aria-hidden className="mt-0.5 size-5 shrink-0" />
          {t("security.createText")}
        </p>
        <Field label={t("security.organization")} hint={t("security.organizationHint")}>
          {(ids) => (
            <Input
              {...ids}
              maxLength={64}
              disabled={!writable}
              value={name}
              onChange={(event) => {
                setName(event.target.value);
              }}
            />
          )}
        </Field>
        {failure != null && <Notice tone="bad">{failure}</Notice>}
        <Button type="submit" variant="primary" className="self-start" busy={busy} disabled={!writable || name.trim() === ""}>
          {t("security.create")}
        </Button>
      </form>
    </Panel>
  );
}
