import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";

type Props = Omit<ComponentProps<typeof Button>, "onClick" | "disabled"> & { may: boolean; /** Why it can't be done, where it may be. */ refused?: string | undefined; onClick: () => void };

/** A button that says why it can't be pressed: it keeps the focus, so that everybody hears the reason. */
export function Action({ may, refused, onClick, ...rest }: Props) {
  const { t } = useTranslation();
  const reason = may ? refused : t("drivers.mayNot");
  return (
    <Button
      {...rest}
      {...(reason == null ? {} : { "aria-disabled": true, "aria-description": reason, "data-tip": reason })}
      onClick={() => {
        if (reason == null) onClick();
      }}
    />
  );
}
