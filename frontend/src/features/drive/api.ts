import { cacheExchange, Client, fetchExchange, mapExchange, subscriptionExchange } from "@urql/core";
import { createClient as createSocket } from "graphql-ws";
import { problemOf } from "@/app/errors";
import { connected, lost, rested } from "@/app/live-connection";

type DriveApi = { client: Client; dispose: () => void };

/** The server closed the socket because of who we are: asking again would change nothing. */
const refused: ReadonlySet<number> = new Set([4401, 4403]);

/** A driver's client in one network. It says that it is a driver's, because the browser may hold a cookie of staff as well. */
export function makeDriveApi(tenant: string, network: string, onRefused: () => void): DriveApi {
  let disposed = false;
  const socket = createSocket({
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
    connectionParams: { as: "driver", tenant, network },
    lazy: true,
    lazyCloseTimeout: 5_000,
    keepAlive: 15_000,
    retryAttempts: Number.POSITIVE_INFINITY,
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
    fetchOptions: { credentials: "same-origin", headers: { "X-Busbar-As": "driver", "X-Busbar-Tenant": tenant, "X-Busbar-Network": network } },
    exchanges: [
      mapExchange({
        onError: (error) => {
          if (problemOf(error).code === "UNAUTHENTICATED") onRefused();
        },
      }),
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? "" }, sink) }),
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
