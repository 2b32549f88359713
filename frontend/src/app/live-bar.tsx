import { CloudOff } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLiveState } from "./live-connection";

/** A blink of the network is nobody's business. */
const patience = 1500;

/** A quiet line while live updates are away. */
export function LiveBar() {
  const { t } = useTranslation();
  const away = useLiveState() === "lost";
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!away) return undefined;
    const timer = setTimeout(() => {
      setLate(true);
    }, patience);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [away]);
  return (
    <div role="status" className="empty:hidden">
      {away && late && (
        <p className="flex animate-fade items-center gap-2 border-b bg-warn-soft px-4 py-1.5 text-sm text-warn sm:px-6">
          <CloudOff aria-hidden className="size-4 shrink-0" />
          {t("live.lost")}
        </p>
      )}
    </div>
  );
}
