import { Languages, LogOut, Monitor, Moon, Sun } from "lucide-react";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/menu";
import { changeLanguage, languages } from "@/i18n";
import { useSignOut } from "./sign-out";
import { setTheme, useTheme, type Theme } from "./theme";
import { useHere } from "./viewer";

const themes: readonly { key: Theme; icon: typeof Sun }[] = [
  { key: "system", icon: Monitor },
  { key: "light", icon: Sun },
  { key: "dark", icon: Moon },
];

/** Theme, language and the way out. */
export default function PersonMenu({ trigger }: { trigger: ReactElement }) {
  const { t, i18n } = useTranslation();
  const { viewer } = useHere();
  const theme = useTheme();
  const signOut = useSignOut();
  return (
    <Menu align="start" trigger={trigger}>
      <MenuLabel>{viewer.user?.email}</MenuLabel>
      <MenuSeparator />
      <MenuLabel>{t("theme.title")}</MenuLabel>
      {themes.map(({ key, icon: Icon }) => (
        <MenuItem
          key={key}
          icon={<Icon aria-hidden />}
          aria-current={theme === key}
          className={theme === key ? "font-medium" : undefined}
          onSelect={() => {
            setTheme(key);
          }}
        >
          {t(`theme.${key}`)}
        </MenuItem>
      ))}
      <MenuLabel>{t("language.title")}</MenuLabel>
      {languages.map(({ code, name: own }) => (
        <MenuItem
          key={code}
          lang={code}
          icon={<Languages aria-hidden />}
          aria-current={i18n.language === code}
          className={i18n.language === code ? "font-medium" : undefined}
          onSelect={() => {
            void changeLanguage(code);
          }}
        >
          {own}
        </MenuItem>
      ))}
      <MenuSeparator />
      <MenuItem icon={<LogOut aria-hidden />} onSelect={signOut}>
        {t("nav.signOut")}
      </MenuItem>
    </Menu>
  );
}
