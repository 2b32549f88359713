import { Ban, Plus, RotateCcw } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { useMay } from "@/app/viewer";
import { Badge } from "@/components/badge";
import { LazyConfirm } from "@/components/lazy-confirm";
import { Panel } from "@/components/panel";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { BlockDriverTokenDocument, ChangeDriverTokenDocument, type DriverTokenFragment } from "@/gql/drivers/graphql";
import { StateMark } from "@/status/mark";
import { Action } from "./action";
import { driverStates } from "./states";

const CardDialog = lazy(() => import("./card-dialog"));

type Props = { driver: string; tokens: readonly DriverTokenFragment[]; onChanged: () => void };

/** What a driver charges with: each can be blocked by itself. */
export function TokensSection({ driver, tokens, onChanged }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const [open, setOpen] = useState<"add" | DriverTokenFragment>();
  const [block, blocking] = useChange(BlockDriverTokenDocument);
  const [change, changing] = useChange(ChangeDriverTokenDocument);
  const asked = open === "add" ? undefined : open;
  const blocked = asked?.status === "BLOCKED";
  const close = () => {
    setOpen(undefined);
  };
  const turn = async () => {
    if (asked == null) return undefined;
    const { problem } = blocked ? await change({ input: { id: asked.id, status: "ACTIVE" } }) : await block({ input: { id: asked.id } });
    if (problem != null) return problem.text;
    toast(t("common.saved"));
    return undefined;
  };
  return (
    <Panel
      flush
      title={t("drivers.cards")}
      action={
        <Action
          may={may("token:write")}
          size="sm"
          onClick={() => {
            setOpen("add");
          }}
        >
          <Plus aria-hidden />
          {t("drivers.addCard")}
        </Action>
      }
    >
      {tokens.length === 0 && <p className="px-4 py-3 text-sm text-ink-2">{t("drivers.noCard")}</p>}
      <ul className="divide-y">
        {tokens.map((token) => (
          <li key={token.id} className="flex items-center gap-3 px-4 py-2 text-sm">
            <div className="min-w-0 flex-1">
              <p className="flex flex-wrap items-center gap-x-2">
                <span className="code min-w-0 break-all">{token.idTag}</span>
                {token.type === "VIRTUAL" && <Badge>{t("drivers.virtual")}</Badge>}
              </p>
              {token.label !== "" && <p className="text-xs break-words text-ink-2">{token.label}</p>}
              {token.validUntil != null && (
                <p className="text-xs text-ink-2">
                  {t("drivers.validUntil")} <Time at={token.validUntil} style="minute" />
                </p>
              )}
            </div>
            {token.status === "BLOCKED" && <StateMark state={{ ...driverStates.BLOCKED, sentence: "drivers.cardBlocked" }} />}
            <Action
              may={may("token:write")}
              variant="quiet"
              size="icon-sm"
              aria-label={t(token.status === "BLOCKED" ? "drivers.unblockCard" : "drivers.blockCard", { card: token.idTag })}
              onClick={() => {
                setOpen(token);
              }}
            >
              {token.status === "BLOCKED" ? <RotateCcw aria-hidden /> : <Ban aria-hidden />}
            </Action>
          </li>
        ))}
      </ul>
      <Suspense>{open === "add" && <CardDialog driver={driver} onAdded={onChanged} onClose={close} />}</Suspense>
      {asked != null && (
        <LazyConfirm
          open
          onOpenChange={close}
          title={t(blocked ? "drivers.unblockCard" : "drivers.blockCard", { card: asked.idTag })}
          text={t(blocked ? "drivers.unblockCardText" : "drivers.blockCardText")}
          action={t(blocked ? "drivers.unblock" : "drivers.block")}
          danger={!blocked}
          busy={blocking || changing}
          onConfirm={turn}
        />
      )}
    </Panel>
  );
}
