import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { Notice } from "./notice";

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** What it will do. */
  text: ReactNode;
  action: string;
  danger?: boolean;
  busy?: boolean;
  children?: ReactNode;
  /** Does it; a text it returns is why it couldn't be done, and keeps the dialog open. */
  onConfirm: () => Promise<string | undefined>;
};

/** Asks before something that isn't easily undone. */
export function Confirm({ open, onOpenChange, title, text, action, danger, busy, children, onConfirm }: Props) {
  const { t } = useTranslation();
  const [failure, setFailure] = useState<string>();
  const change = (on: boolean) => {
    setFailure(undefined);
    onOpenChange(on);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title={title}
      description={text}
      footer={
        <>
          <Button
            onClick={() => {
              change(false);
            }}
          >
            {t("common.cancel")}
          </Button>
          <Button
            variant={danger ? "danger" : "primary"}
            busy={busy ?? false}
            onClick={() => {
              void onConfirm().then((problem) => {
                if (problem == null) change(false);
                else setFailure(problem);
              });
            }}
          >
            {action}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {failure != null && <Notice tone="bad">{failure}</Notice>}
        {children}
      </div>
    </Dialog>
  );
}
