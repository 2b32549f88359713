import { Client, fetchExchange, mapExchange, subscriptionExchange } from "@urql/core";
import { createClient as createSocket } from "graphql-ws";
import { makeCache } from "./cache";
import { problemOf } from "./errors";
import { replayExchange } from "./replay";
import { connected, lost, rested } from "./live-connection";

/** What everything on screen is narrowed to. */
export type Scope = { tenant: string | null; network: string | null };

export type Api = { client: Client; dispose: () => void };

/** The server closed the socket because of who we are: asking again would change nothing. */
const refused: ReadonlySet<number> = new Set([4401, 4403]);

/**
 * A client for one scope. Another tenant or network gets another client, and with it an empty cache: nothing of one
 * can show up in the other.
 */
export function makeApi(scope: Scope, onRefused: () => void): Api {
  const headers: Record<string, string> = {};
  if (scope.tenant != null) headers["X-Busbar-Tenant"] = scope.tenant;
  if (scope.network != null) headers["X-Busbar-Network"] = scope.network;

  let disposed = false;
  const socket = createSocket({
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
    connectionParams: { tenant: scope.tenant, network: scope.network },
    lazy: true,
    lazyCloseTimeout: 5_000,
    keepAlive: 15_000,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: async (tries) => {
      const wait = Math.min(500 * 2 ** tries, 8_000);
      await new Promise((resolve) => setTimeout(resolve, wait * (0.75 + Math.random() / 2)));
    },
    shouldRetry: (event) => !disposed && !(event instanceof CloseEvent && refused.has(event.code)),
    on: {
      connected,
      closed: (event) => {
        const code = event instanceof CloseEvent ? event.code : 0;
        if (disposed || code === 1000) rested();
        else if (refused.has(code)) onRefused();
        else lost();
      },
    },
  });

  const client = new Client({
    url: "/graphql",
    preferGetMethod: false,
    fetchOptions: { credentials: "same-origin", headers },
    exchanges: [
      mapExchange({
        onError: (error) => {
          if (problemOf(error).code === "UNAUTHENTICATED") onRefused();
        },
      }),
      makeCache(),
      replayExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe({ ...request, query: request.query ?? "" }, sink),
          }),
        }),
      }),
    ],
  });

  return {
    client,
    dispose: () => {
      disposed = true;
      void socket.dispose();
    },
  };
}
