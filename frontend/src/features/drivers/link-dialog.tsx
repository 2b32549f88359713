import { ExternalLink } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { CopyField } from "@/components/copy";
import { Dialog } from "@/components/dialog";

/** A provider's page to send to the driver, or to open here. */
export default function LinkDialog({ title, text, url, onClose }: { title: string; text: string; url: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={title}
      description={text}
      footer={
        <>
          <Button onClick={onClose}>{t("common.close")}</Button>
          <Button asChild variant="primary">
            <a href={url} target="_blank" rel="noreferrer">
              <ExternalLink aria-hidden />
              {t("drivers.openPage")}
            </a>
          </Button>
        </>
      }
    >
      <CopyField strong label={t("drivers.page")} value={url} />
    </Dialog>
  );
}
