import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { router } from "@/app/router";
import { watchSystemTheme } from "@/app/theme";
import { startTranslations } from "@/i18n";
import "./styles.css";

// Dialogs lock the scroll with a style element; the content security policy wants to see the nonce on it.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
if (nonce != null && nonce !== "") setNonce(nonce);

watchSystemTheme();

const container = document.getElementById("root");
if (container == null) throw new Error("index.html has no #root");
void startTranslations().then(() => {
  createRoot(container).render(
    <StrictMode>
      <RouterProvider router={router} />
    </StrictMode>,
  );
});
