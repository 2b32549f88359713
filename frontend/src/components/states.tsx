import { CircleAlert, Lock, SearchX } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button";

type Props = { icon?: ReactNode; title: string; text?: ReactNode; action?: ReactNode; role?: "alert" };

function Plate({ icon, title, text, action, role }: Props) {
  return (
    <div role={role} className="flex flex-col items-center gap-2 px-6 py-14 text-center">
      <span aria-hidden className="mb-1 flex size-10 items-center justify-center rounded-lg border bg-surface text-ink-3 [&_svg]:size-5">
        {icon}
      </span>
      <p className="font-medium">{title}</p>
      {text != null && <p className="max-w-md text-sm text-ink-2">{text}</p>}
      {action != null && <div className="mt-2 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

export function Empty(props: Omit<Props, "role">) {
  return <Plate {...props} icon={props.icon ?? <SearchX />} />;
}

export function NoPermission({ what }: { what?: string }) {
  const { t } = useTranslation();
  return <Plate icon={<Lock />} title={t("states.forbidden.title")} text={what ?? t("states.forbidden.text")} />;
}

export function Failure({ message, onRetry }: { message: string; onRetry?: (() => void) | undefined }) {
  const { t } = useTranslation();
  return (
    <Plate
      role="alert"
      icon={<CircleAlert />}
      title={t("states.error.title")}
      text={message}
      action={onRetry && <Button onClick={onRetry}>{t("common.retry")}</Button>}
    />
  );
}
