import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";

/** Saves a certificate as a file. */
export function DownloadPem({ name, pem }: { name: string; pem: string }) {
  const { t } = useTranslation();
  const save = () => {
    const address = URL.createObjectURL(new Blob([pem], { type: "application/x-pem-file" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = `${name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").toLowerCase() || "certificate"}.pem`;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <Button size="sm" aria-label={t("security.downloadOf", { name })} onClick={save}>
      <Download aria-hidden />
      {t("security.download")}
    </Button>
  );
}
