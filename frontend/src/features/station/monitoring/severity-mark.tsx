import { useTranslation } from "react-i18next";
import { Badge } from "@/components/badge";
import { severityOf, severityTone } from "./monitor";

/** A severity as number and word. */
export function SeverityMark({ severity }: { severity: number | null | undefined }) {
  const { t } = useTranslation();
  const known = severityOf(severity);
  if (known == null) return <span className="text-ink-3">–</span>;
  return (
    <Badge tone={severityTone(known)}>
      <span className="tabular">{known}</span> {t(`monitoring.severity.${known}`)}
    </Badge>
  );
}
