import { useParams } from "@tanstack/react-router";
import { History, LogOut, Wallet as Purse, Zap } from "lucide-react";
import { use, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Provider } from "urql";
import { post } from "@/app/auth";
import { NotFound } from "@/app/crash";
import { useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { Button } from "@/components/button";
import { Notice } from "@/components/notice";
import { SkeletonRows } from "@/components/skeleton";
import { Failure } from "@/components/states";
import { MyHomeDocument } from "@/gql/drive/graphql";
import { makeDriveApi } from "./api";
import { HereContext, MeContext, useHere } from "./driver";
import { Home } from "./home";
import { DriveLink } from "./link";
import { Place } from "./place";
import { Session } from "./session";
import { Sessions } from "./sessions";
import { SignInView } from "./sign-in-view";
import { Wallet } from "./wallet";
import { bringWords } from "./words";

// A top-level await here would make every module of the portal wait in code of its own, at the cost of its first load.
const words = bringWords();

// The frame of a driver's pages on a phone: who they are, and three places to go, within reach of a thumb.
export default function DrivePage() {
  use(words);
  const { tenant, network, _splat: path = "" } = useParams({ from: "/drive/$tenant/$network/$" });
  const here = useMemo(() => ({ tenant, network }), [tenant, network]);
  const [visit, setVisit] = useState(0);
  const [out, setOut] = useState(false);
  // Another visit is somebody else, or the same anew: nothing of the one before is kept.
  const api = useMemo(
    () => ({
      visit,
      ...makeDriveApi(tenant, network, () => {
        setOut(true);
      }),
    }),
    [tenant, network, visit],
  );
  useEffect(() => api.dispose, [api]);
  const enter = () => {
    setOut(false);
    setVisit((n) => n + 1);
  };
  if (out) return <SignInView tenant={tenant} network={network} onEntered={enter} />;
  return (
    <Provider value={api.client} key={visit}>
      <HereContext value={here}>
        <Frame
          path={path}
          onEntered={enter}
          onLeave={() => {
            setOut(true);
          }}
        />
      </HereContext>
    </Provider>
  );
}

const places = [
  { to: "", icon: Zap, word: "drive.home" },
  { to: "sessions", icon: History, word: "drive.history" },
  { to: "wallet", icon: Purse, word: "drive.wallet" },
] as const;

// The whole of a driver's pages is one small download, and one route of the portal's.
function pageOf(path: string): ReactNode {
  const [first = "", ...rest] = path.split("/");
  const id = rest.join("/");
  if (first === "") return <Home />;
  if (first === "c" && id !== "") return <Place key={id} code={id} />;
  if (first === "s" && id !== "") return <Session key={id} sessionId={id} />;
  if (first === "sessions" && id === "") return <Sessions />;
  if (first === "wallet" && id === "") return <Wallet />;
  return <NotFound />;
}

function Frame({ path, onEntered, onLeave }: { path: string; onEntered: () => void; onLeave: () => void }) {
  const { t } = useTranslation();
  const { tenant, network } = useHere();
  const { data, loading, problem, refetch } = useData(MyHomeDocument, {});
  // What is shown on every page follows the driver from one to the next.
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else refetch();
  }, [path, refetch]);
  // Signed in to another operator's network: this one has a door of its own.
  if (problem?.code === "NOT_FOUND" || problem?.code === "FORBIDDEN") return <SignInView tenant={tenant} network={network} onEntered={onEntered} />;
  if (data == null && problem != null) return <Failure message={problemText(t, problem)} onRetry={refetch} />;
  if (loading || data == null) return <SkeletonRows rows={5} />;
  const { my } = data;
  const leave = async () => {
    await post("/auth/driver/logout", {});
    onLeave();
  };
  return (
    <MeContext value={my}>
      <div className="mx-auto flex min-h-dvh max-w-lg flex-col">
        <header className="flex items-center gap-2 px-4 pt-4 pb-2">
          <p className="min-w-0 flex-1 truncate font-semibold">{t("drive.operator", { operator: my.network.operator, network: my.network.name })}</p>
          <Button variant="quiet" size="icon" aria-label={t("drive.signOut")} onClick={() => void leave()}>
            <LogOut aria-hidden />
          </Button>
        </header>
        <main className="flex flex-1 flex-col gap-4 px-4 pb-24">
          {my.driver.blocked && <Notice tone="warn">{t("drive.blocked")}</Notice>}
          {pageOf(path)}
        </main>
        <nav aria-label={t("drive.title")} className="fixed inset-x-0 bottom-0 border-t bg-surface">
          <ul className="mx-auto grid max-w-lg grid-cols-3">
            {places.map(({ to, icon: Icon, word }) => (
              <li key={to}>
                <DriveLink
                  to={to}
                  className="flex min-h-14 flex-col items-center justify-center gap-0.5 text-xs text-ink-2 aria-[current=page]:font-medium aria-[current=page]:text-ink"
                >
                  <Icon aria-hidden className="size-5" />
                  {t(word)}
                </DriveLink>
              </li>
            ))}
          </ul>
        </nav>
      </div>
    </MeContext>
  );
}
