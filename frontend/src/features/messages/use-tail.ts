import { useState } from "react";
import { useLive } from "@/app/data";
import { OcppMessageDocument } from "@/gql/graphql";
import type { Message } from "./exchange";

/** More than a screen of history; the list has the rest. */
const most = 500;

/** The newest messages as they come in. Paused, they wait aside and are counted. */
export function useTail(stationId: string, onMissed: () => void) {
  const [paused, setPaused] = useState(false);
  const [shown, setShown] = useState<readonly Message[]>([]);
  const [waiting, setWaiting] = useState<readonly Message[]>([]);
  const add = (list: readonly Message[], message: Message) => [...list.filter(({ id }) => id !== message.id), message].slice(-most);

  useLive(OcppMessageDocument, { stationId }, ({ ocppMessage: event }) => {
    const { message } = event;
    if (event.missed) onMissed();
    if (message == null) return;
    if (paused) setWaiting((list) => add(list, message));
    else setShown((list) => add(list, message));
  });

  const pause = (on: boolean) => {
    setPaused(on);
    if (on) return;
    setShown((list) => waiting.reduce(add, list));
    setWaiting([]);
  };
  return { live: shown, waiting: waiting.length, paused, pause };
}
