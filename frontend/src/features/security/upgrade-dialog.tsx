import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { useHere } from "@/app/viewer";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, TextArea } from "@/components/field";
import { Notice } from "@/components/notice";
import { SkeletonRows } from "@/components/skeleton";
import { UpgradeCheckDocument, UpgradeProfileDocument, type UpgradeCheckQuery, type UpgradeProfileMutation } from "@/gql/security/graphql";
import type { State } from "@/status/language";
import { StateShape } from "@/status/mark";
import { profileOf, profiles, type Profile } from "./profiles";
import { stepStates } from "./states";
import { UpgradeProgress } from "./upgrade-progress";

type Props = { stationIds: readonly string[]; first?: Profile; onStarted?: () => void; onClose: () => void };

const good: State = stepStates.DONE;
const bad: State = stepStates.FAILED;
const waits: State = stepStates.WAITING;

type Part = "root" | "password" | "certificate" | "network" | "seen" | "require" | "lower" | "byHand";

/** What it takes to go up to each profile, in the words of its steps. */
const upward: Record<Profile, readonly Part[]> = {
  0: [],
  1: ["password", "network", "seen", "require"],
  2: ["root", "password", "network", "seen", "require"],
  3: ["root", "certificate", "network", "seen", "require"],
};

/** What it takes to go down: no message of OCPP does it but for one case, so that the rest is done at the station. */
const down: readonly Part[] = ["lower", "byHand"];

/** Stations by the profile that they must meet now, and whether any of them would go down. */
function standing(check: UpgradeCheckQuery, to: Profile) {
  const on = [check.on0.totalCount, check.on1.totalCount, check.on2.totalCount, check.on3.totalCount];
  return { already: on[to] ?? 0, lowered: on.slice(to + 1).reduce((sum, count) => sum + count, 0), total: check.all.totalCount };
}

/** Brings stations to another security profile: choose, see what it takes and what is missing, begin, and watch. */
export default function UpgradeDialog({ stationIds, first = 2, onStarted, onClose }: Props) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const check = useData(UpgradeCheckDocument, { ids: [...stationIds] });
  const [upgrade, busy] = useChange(UpgradeProfileDocument);
  const [profile, setProfile] = useState<Profile>(first);
  const [page, setPage] = useState<"choose" | "check">("choose");
  const [reason, setReason] = useState("");
  const [failure, setFailure] = useState<string>();
  const [begun, setBegun] = useState<UpgradeProfileMutation["upgradeSecurityProfile"]>();
  const count = stationIds.length;
  const title = t("security.upgradeTitle", { count });

  if (begun != null) {
    return (
      <Dialog
        open
        wide
        onOpenChange={onClose}
        title={title}
        description={t("security.upgradeGoesOn")}
        footer={
          <>
            {begun.batchId != null && (
              <Button asChild>
                <Link to="/t/$tenant/security" params={{ tenant: tenant.slug }} search={{ tab: "operations", batch: begun.batchId }}>
                  {t("security.openOperations")}
                </Link>
              </Button>
            )}
            <Button variant="primary" onClick={onClose}>
              {t("common.close")}
            </Button>
          </>
        }
      >
        <UpgradeProgress begun={begun} />
      </Dialog>
    );
  }

  const data = check.data;
  const { already, lowered, total } = data == null ? { already: 0, lowered: 0, total: count } : standing(data, profile);
  const needsTls = profile >= 2;
  const authority = data?.certificateAuthorities.some(({ kind, status }) => kind === "INTERMEDIATE" && status === "ACTIVE") === true;
  const tls = data?.serverTLS.enabled === true;
  const course = [...(already + lowered < total ? upward[profile] : []), ...(lowered > 0 ? down : [])];
  const blocked = (needsTls && !tls) || (profile === 3 && !authority) || already === total || (data != null && data.busy.totalCount >= total);
  const begin = async () => {
    setFailure(undefined);
    const { data: made, problem } = await upgrade({ input: { stationIds: [...stationIds], profile, ...(lowered > 0 ? { reason: reason.trim() } : {}) } });
    if (problem != null) {
      setFailure(problem.text);
      return;
    }
    setBegun(made.upgradeSecurityProfile);
    onStarted?.();
  };

  return (
    <Dialog
      open
      wide
      onOpenChange={onClose}
      title={title}
      description={t(page === "choose" ? "security.upgradeText" : "security.upgradeCheck")}
      footer={
        page === "choose" ? (
          <>
            <Button onClick={onClose}>{t("common.cancel")}</Button>
            <Button type="submit" form="upgrade" variant="primary">
              {t("security.next")}
            </Button>
          </>
        ) : (
          <>
            <Button
              onClick={() => {
                setPage("choose");
              }}
            >
              {t("security.back")}
            </Button>
            <Button type="submit" form="upgrade" variant={lowered > 0 ? "danger" : "primary"} busy={busy} disabled={data == null || blocked || (lowered > 0 && reason.trim() === "")}>
              {t(lowered > 0 ? "security.askSecond" : "security.begin")}
            </Button>
          </>
        )
      }
    >
      <form
        id="upgrade"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (page === "choose") setPage("check");
          else void begin();
        }}
      >
        {page === "choose" ? (
          <fieldset className="flex flex-col gap-2">
            <legend className="sr-only">{t("security.profileTitle")}</legend>
            {profiles.map((value) => (
              <label key={value} className="flex cursor-pointer items-start gap-3 rounded-md border p-3 text-sm has-checked:border-accent has-checked:bg-accent-soft">
                <input
                  type="radio"
                  name="profile"
                  className="mt-0.5 size-4 accent-ink"
                  value={value}
                  checked={profile === value}
                  onChange={() => {
                    setProfile(profileOf(value));
                  }}
                />
                <span>
                  <span className="block font-medium">{t(`security.profile.${value}.name`)}</span>
                  <span className="block text-ink-2">{t(`security.profile.${value}.gives`)}</span>
                  <span className="block text-ink-2">{t(`security.profile.${value}.needs`)}</span>
                </span>
              </label>
            ))}
          </fieldset>
        ) : check.problem != null && data == null ? (
          <Notice tone="bad">{problemText(t, check.problem)}</Notice>
        ) : data == null ? (
          <SkeletonRows rows={4} />
        ) : (
          <>
            <section>
              <h3 className="mb-1 text-sm font-semibold">{t("security.needed")}</h3>
              <ul className="flex flex-col gap-1.5 text-sm">
                {needsTls && (
                  <Need met={tls} words={t(tls ? "security.need.tls" : "security.need.noTls")}>
                    {!tls && (
                      <Link className="underline" to="/t/$tenant/security" params={{ tenant: tenant.slug }} search={{ tab: "server" }}>
                        {t("security.need.mendTls")}
                      </Link>
                    )}
                  </Need>
                )}
                {profile === 3 && (
                  <Need met={authority} words={t(authority ? "security.need.authority" : "security.need.noAuthority")}>
                    {!authority && (
                      <Link className="underline" to="/t/$tenant/security" params={{ tenant: tenant.slug }} search={{ tab: "authorities" }}>
                        {t("security.need.mendAuthority")}
                      </Link>
                    )}
                  </Need>
                )}
                <Need met={data.pending.totalCount === 0} words={data.pending.totalCount === 0 ? t("security.need.onboarded") : t("security.need.pending", { count: data.pending.totalCount })}>
                  {data.pending.totalCount > 0 && (
                    <Link className="underline" to="/t/$tenant/stations" params={{ tenant: tenant.slug }} search={{ tab: "pending" }}>
                      {t("security.need.mendPending")}
                    </Link>
                  )}
                </Need>
                <Need
                  met={data.offline.totalCount === 0}
                  waits
                  words={data.offline.totalCount === 0 ? t("security.need.online") : t("security.need.offline", { count: data.offline.totalCount })}
                />
                {data.busy.totalCount > 0 && <Need met={false} words={t("security.need.busy", { count: data.busy.totalCount })} />}
                {already > 0 && <Need met waits={false} words={t("security.need.already", { count: already })} />}
              </ul>
            </section>
            {course.length > 0 && (
              <section>
                <h3 className="mb-1 text-sm font-semibold">{t("security.course")}</h3>
                <ol className="flex list-decimal flex-col gap-1 pl-5 text-sm">
                  {course.map((key) => (
                    <li key={key}>{t(`security.does.${key}`)}</li>
                  ))}
                </ol>
              </section>
            )}
            <section>
              <h3 className="mb-1 text-sm font-semibold">{t("security.risk")}</h3>
              <p className="text-sm text-ink-2">{t(lowered > 0 ? "security.riskDown" : "security.riskUp")}</p>
            </section>
            {lowered > 0 && (
              <>
                <Notice tone="warn">{t("security.lowers", { count: lowered })}</Notice>
                <Field label={t("security.reason")} hint={t("security.reasonDown")}>
                  {(ids) => (
                    <TextArea
                      {...ids}
                      rows={2}
                      maxLength={1000}
                      value={reason}
                      onChange={(event) => {
                        setReason(event.target.value);
                      }}
                    />
                  )}
                </Field>
              </>
            )}
          </>
        )}
        {failure != null && <Notice tone="bad">{failure}</Notice>}
      </form>
    </Dialog>
  );
}

function Need({ met, words, waits: patient = false, children }: { met: boolean; words: string; waits?: boolean; children?: React.ReactNode }) {
  const { t } = useTranslation();
  const state = met ? good : patient ? waits : bad;
  return (
    <li className="flex items-start gap-2">
      <StateShape state={state} className="mt-0.5" />
      <span>
        <span className="sr-only">{t(state.word)}: </span>
        {words} {children}
      </span>
    </li>
  );
}
