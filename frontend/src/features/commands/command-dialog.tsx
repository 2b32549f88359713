import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Notice } from "@/components/notice";
import type { CommandRowFragment } from "@/gql/graphql";
import { CommandOutcome } from "./command-outcome";

/** What came of asking a station: its command, or why there is none. */
type Asked = { command: CommandRowFragment } | { failure: string };

type Props = {
  title: string;
  description: string;
  /** What the button says before the command was given for the first time. */
  run: string;
  ready: boolean;
  danger?: boolean;
  wide?: boolean;
  /** For forms that say themselves what is wrong with a field. */
  noValidate?: boolean;
  onAsk: () => Promise<Asked | undefined>;
  onClose: () => void;
  children: ReactNode;
};

/** A form that gives a station a command, and shows what the station says to it; it can be given again. */
export function CommandDialog({ title, description, run, ready, danger = false, wide = false, noValidate = false, onAsk, onClose, children }: Props) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>();
  const [busy, setBusy] = useState(false);
  const ask = async () => {
    setAsked(undefined);
    setBusy(true);
    setAsked(await onAsk());
    setBusy(false);
  };
  const command = asked != null && "command" in asked ? asked.command : undefined;
  return (
    <Dialog
      open
      wide={wide}
      onOpenChange={onClose}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onClose}>{t(command == null ? "common.cancel" : "common.close")}</Button>
          <Button type="submit" form="command" variant={danger ? "danger" : "primary"} busy={busy} disabled={!ready}>
            {busy ? t("action.waiting") : command == null ? run : t("action.again")}
          </Button>
        </>
      }
    >
      <form
        id="command"
        noValidate={noValidate}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        {children}
        <div aria-live="polite" className="flex flex-col gap-4 empty:hidden">
          {asked != null && "failure" in asked && <Notice tone="bad">{asked.failure}</Notice>}
          {command != null && <CommandOutcome command={command} />}
        </div>
      </form>
    </Dialog>
  );
}
