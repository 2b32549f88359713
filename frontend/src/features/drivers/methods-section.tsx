import { Plus, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { useMay } from "@/app/viewer";
import { LazyConfirm } from "@/components/lazy-confirm";
import { Panel } from "@/components/panel";
import { toast } from "@/components/toast";
import { RemovePaymentMethodDocument, StartPaymentMethodSetupDocument, type WalletPartsFragment, type WayToPayFragment } from "@/gql/drivers/graphql";
import { useLocale } from "@/lib/locale";
import { money } from "@/lib/money";
import { StateMark } from "@/status/mark";
import { Action } from "./action";
import { methodStates } from "./states";

const AutoTopUpDialog = lazy(() => import("./auto-top-up-dialog"));
const LinkDialog = lazy(() => import("./link-dialog"));

type Wallet = WalletPartsFragment & { paymentMethod?: { id: string; label: string } | null | undefined };
type Props = { driver: { id: string; name: string }; methods: readonly WayToPayFragment[]; wallet: Wallet | null | undefined; onChanged: () => void };

/** The ways to pay that a driver left, and whether the wallet is topped up from one by itself. */
export function MethodsSection({ driver, methods, wallet, onChanged }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const may = useMay();
  const [open, setOpen] = useState<"auto" | { url: string } | { method: WayToPayFragment }>();
  const [start, starting] = useChange(StartPaymentMethodSetupDocument);
  const [remove, removing] = useChange(RemovePaymentMethodDocument);
  const kept = methods.filter(({ status }) => status !== "REMOVED");
  const usable = kept.filter(({ status }) => status === "ACTIVE");
  const auto = wallet?.autoTopUp;
  const writable = may("payment:write");
  const close = () => {
    setOpen(undefined);
  };
  const begin = async () => {
    const { data, problem } = await start({ input: { driverId: driver.id } });
    if (problem != null) {
      toast(problem.text, "bad");
      return;
    }
    setOpen({ url: data.startPaymentMethodSetup.checkoutURL });
    onChanged();
  };
  return (
    <Panel
      flush
      title={t("drivers.methods")}
      action={
        <Action may={writable} size="sm" busy={starting} onClick={() => void begin()}>
          <Plus aria-hidden />
          {t("drivers.addMethod")}
        </Action>
      }
    >
      {kept.length === 0 && <p className="px-4 py-3 text-sm text-ink-2">{t("drivers.noMethod")}</p>}
      <ul className="divide-y">
        {kept.map((method) => (
          <li key={method.id} className="flex items-center gap-3 px-4 py-2 text-sm">
            <div className="min-w-0 flex-1">
              <p className="break-words">{method.label || t("drivers.unnamedMethod")}</p>
              {method.expires !== "" && <p className="text-xs text-ink-2">{t("drivers.expires", { month: method.expires })}</p>}
            </div>
            <StateMark state={methodStates[method.status]} />
            <Action
              may={writable}
              variant="quiet"
              size="icon-sm"
              aria-label={t("drivers.removeMethod", { method: method.label || t("drivers.unnamedMethod") })}
              onClick={() => {
                setOpen({ method });
              }}
            >
              <Trash2 aria-hidden />
            </Action>
          </li>
        ))}
      </ul>
      {wallet != null && (
        <div className="flex flex-wrap items-center gap-3 border-t px-4 py-3 text-sm">
          <div className="min-w-0 flex-1 basis-40">
            <p className="font-medium">{t("drivers.auto")}</p>
            <p className="text-ink-2">
              {auto == null
                ? t("drivers.autoOff")
                : t("drivers.autoOn", { below: money(locale, auto.below), amount: money(locale, auto.amount), method: wallet.paymentMethod?.label || t("drivers.unnamedMethod") })}
            </p>
          </div>
          <Action
            may={writable}
            refused={usable.length === 0 && auto == null ? t("drivers.autoNeedsMethod") : undefined}
            size="sm"
            onClick={() => {
              setOpen("auto");
            }}
          >
            {t("drivers.autoSet")}
          </Action>
        </div>
      )}
      <Suspense>
        {open === "auto" && wallet != null && <AutoTopUpDialog wallet={wallet} methods={usable} chosen={wallet.paymentMethod?.id} onSaved={onChanged} onClose={close} />}
        {typeof open === "object" && "url" in open && (
          <LinkDialog
            title={t("drivers.methodTitle", { name: driver.name })}
            text={t("drivers.methodLink")}
            url={open.url}
            onClose={() => {
              close();
              // Whoever has been to the page meanwhile has left a way to pay.
              onChanged();
            }}
          />
        )}
      </Suspense>
      {typeof open === "object" && "method" in open && (
        <LazyConfirm
          open
          onOpenChange={close}
          title={t("drivers.removeMethod", { method: open.method.label || t("drivers.unnamedMethod") })}
          text={t("drivers.removeMethodText")}
          action={t("drivers.remove")}
          danger
          busy={removing}
          onConfirm={async () => {
            const { problem } = await remove({ input: { id: open.method.id } });
            if (problem != null) return problem.text;
            onChanged();
            return undefined;
          }}
        />
      )}
    </Panel>
  );
}
