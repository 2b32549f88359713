import { createContext, use } from "react";
import type { MyHomeQuery } from "@/gql/drive/graphql";

export type Me = MyHomeQuery["my"];
type Here = { tenant: string; network: string };

/** The driver who is signed in, for the pages below. */
export const MeContext = createContext<Me | null>(null);

/** Whose stations these are, by the address of the page. */
export const HereContext = createContext<Here>({ tenant: "", network: "" });

export function useMe(): Me {
  const me = use(MeContext);
  if (me == null) throw new Error("a driver's page stands outside of the drive page");
  return me;
}

export const useHere = (): Here => use(HereContext);
