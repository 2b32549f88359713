import type { Exchange, OperationResult } from "@urql/core";
import { fromArray, mergeMap, pipe, tap } from "wonka";

/** More than comes in while a query is under way; beyond, the oldest are forgotten. */
const most = 500;

/**
 * Lets no answer to a query undo what a live event has told meanwhile. A query under way may have read the database
 * before an event, and be answered after it: the events of that time are told again behind its answer. Stands between
 * the cache and the network.
 */
export const replayExchange: Exchange =
  ({ forward }) =>
  (operations) => {
    /** For each query under way, how many events there had been when it left. */
    const left = new Map<number, number>();
    let events: { no: number; result: OperationResult }[] = [];
    let count = 0;

    return pipe(
      operations,
      tap((operation) => {
        if (operation.kind === "query") left.set(operation.key, count);
        if (operation.kind !== "teardown") return;
        left.delete(operation.key);
        events = events.filter(({ result }) => result.operation.key !== operation.key);
      }),
      forward,
      mergeMap((result) => {
        if (result.operation.kind === "subscription") {
          count += 1;
          if (left.size > 0) events = [...events.slice(1 - most), { no: count, result }];
          return fromArray([result]);
        }
        const since = left.get(result.operation.key);
        left.delete(result.operation.key);
        const again = since == null ? [] : events.filter(({ no }) => no > since).map((event) => event.result);
        if (left.size === 0) events = [];
        return fromArray([result, ...again]);
      }),
    );
  };
