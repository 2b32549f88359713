import { useTranslation } from "react-i18next";
import { useData, useLive } from "@/app/data";
import { problemText } from "@/app/errors";
import { usePageTitle } from "@/app/title";
import { SkeletonRows } from "@/components/skeleton";
import { Failure } from "@/components/states";
import { MyWalletDocument, MyWalletUpdatedDocument } from "@/gql/drive/graphql";
import { TopUp } from "./top-up";
import { WalletView } from "./wallet-view";

/** The driver's wallet, live. */
export function Wallet() {
  const { t } = useTranslation();
  const { data, loading, problem, refetch } = useData(MyWalletDocument, {});
  useLive(MyWalletUpdatedDocument, {}, ({ myWalletUpdated: { wallet } }) => {
    if (wallet != null && wallet.balance.amount !== data?.my.wallet.balance.amount) refetch();
  });
  usePageTitle(t("drive.wallet"));
  if (problem != null && data == null) return <Failure message={problemText(t, problem)} onRetry={refetch} />;
  if (loading || data == null) return <SkeletonRows rows={5} />;
  return <WalletView my={data.my} topUp={<TopUp currency={data.my.wallet.balance.currency} onStarted={refetch} />} />;
}
