import { createClient, gql, makeOperation, type Operation, type OperationResult } from "@urql/core";
import { makeSubject, pipe, subscribe } from "wonka";
import { expect, test } from "vitest";
import { replayExchange } from "./replay";

const query = gql`query Now { now }`;
const live = gql`subscription Live { now }`;

function start() {
  const client = createClient({ url: "/graphql", exchanges: [], preferGetMethod: false });
  const operations = makeSubject<Operation>();
  const network = makeSubject<OperationResult>();
  const seen: unknown[] = [];
  pipe(
    replayExchange({
      client,
      dispatchDebug: () => undefined,
      forward: (source) => {
        pipe(source, subscribe(() => undefined));
        return network.source;
      },
    })(operations.source),
    subscribe((result) => seen.push(result.data)),
  );
  const ask = client.createRequestOperation("query", { key: 1, query, variables: {} });
  const listen = client.createRequestOperation("subscription", { key: 2, query: live, variables: {} });
  const answer = (operation: Operation, data: string) => {
    network.next({ operation, data, error: undefined, stale: false, hasNext: false });
  };
  return { operations, answer, ask, listen, seen };
}

test("an answer that left before an event is followed by it", () => {
  const { operations, answer, ask, listen, seen } = start();
  operations.next(listen);
  operations.next(ask);
  answer(listen, "Charging");
  answer(ask, "Available");
  expect(seen).toEqual(["Charging", "Available", "Charging"]);
});

test("an event from before the question is not told again", () => {
  const { operations, answer, ask, listen, seen } = start();
  operations.next(listen);
  answer(listen, "Preparing");
  operations.next(ask);
  answer(ask, "Preparing");
  answer(ask, "Preparing");
  expect(seen).toEqual(["Preparing", "Preparing", "Preparing"]);
});

test("nor one whose subscription has ended", () => {
  const { operations, answer, ask, listen, seen } = start();
  operations.next(listen);
  operations.next(ask);
  answer(listen, "Charging");
  operations.next(makeOperation("teardown", listen, listen.context));
  answer(ask, "Available");
  expect(seen).toEqual(["Charging", "Available"]);
});
