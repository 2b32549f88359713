import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { CircleAlert, Compass } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { Empty } from "@/components/states";

/** What stands where a view broke; after a release an old page may ask for files that are gone. */
export function Crash({ reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <Empty
      icon={<CircleAlert />}
      title={t("states.crash.title")}
      text={t("states.crash.text")}
      action={
        <>
          <Button onClick={reset}>{t("common.retry")}</Button>
          <Button
            variant="primary"
            onClick={() => {
              location.reload();
            }}
          >
            {t("states.crash.reload")}
          </Button>
        </>
      }
    />
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Empty
      icon={<Compass />}
      title={t("states.notFound.title")}
      text={t("states.notFound.text")}
      action={
        <Button asChild>
          <Link to="/">{t("states.notFound.home")}</Link>
        </Button>
      }
    />
  );
}
