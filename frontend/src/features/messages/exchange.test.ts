import { expect, test } from "vitest";
import { assemble, delay, failed, messageWhere, passes, type Message } from "./exchange";

const base = Date.parse("2026-01-02T03:04:05Z");
let count = 0;

function message(change: Partial<Message> & { second?: number }): Message {
  count += 1;
  const { second = 0, ...rest } = change;
  return {
    id: `m${String(count)}`,
    at: new Date(base + second * 1000).toISOString(),
    direction: "RECEIVED",
    type: "CALL",
    action: "Heartbeat",
    messageId: "1",
    payload: {},
    errorCode: "",
    repairs: [],
    repaired: false,
    sentence: "",
    ...rest,
  };
}

const page = (...list: (Message & { correlatesWith?: Message | null })[]) => ({
  totalCount: list.length,
  pageInfo: { hasNextPage: false, endCursor: null },
  edges: list.map((node) => ({ node: { ...node, correlatesWith: node.correlatesWith ?? null } })),
});

const nothing = { actions: [], direction: undefined, errors: false, since: undefined, until: undefined };

test("a listed request brings its answer", () => {
  const answer = message({ type: "CALLRESULT", direction: "SENT", second: 1 });
  const [exchange] = assemble(page({ ...message({}), correlatesWith: answer }), []);
  expect(exchange?.answer?.id).toBe(answer.id);
  expect(exchange == null ? undefined : delay(exchange)).toBe(1000);
});

test("a listed error brings its request", () => {
  const request = message({ direction: "SENT", action: "GetDiagnostics" });
  const error = message({ type: "CALLERROR", direction: "RECEIVED", action: "", second: 1, errorCode: "NotImplemented" });
  const [exchange] = assemble(page({ ...error, correlatesWith: request }), []);
  expect(exchange).toMatchObject({ action: "GetDiagnostics", direction: "SENT" });
  expect(exchange == null ? false : failed(exchange)).toBe(true);
});

test("the live tail pairs as both halves come, in either order of arrival", () => {
  const request = message({ second: 1, messageId: "a" });
  const answer = message({ second: 2, messageId: "a", type: "CALLRESULT", direction: "SENT" });
  for (const live of [[request, answer], [answer, request]]) {
    const list = assemble(page(), live);
    expect(list).toHaveLength(1);
    expect(list[0]).toMatchObject({ request: { id: request.id }, answer: { id: answer.id } });
  }
});

test("ids that repeat after a boot pair with the youngest request before the answer", () => {
  const old = message({ second: 0, messageId: "1" });
  const young = message({ second: 60, messageId: "1" });
  const younger = message({ second: 120, messageId: "1" });
  const answer = message({ second: 61, messageId: "1", type: "CALLRESULT", direction: "SENT" });
  const list = assemble(page(old, young, younger), [answer]);
  expect(list.map(({ id, answer: found }) => [id, found?.id])).toEqual([
    [younger.id, undefined],
    [young.id, answer.id],
    [old.id, undefined],
  ]);
});

test("our request and the station's own of the same id stay apart", () => {
  const theirs = message({ second: 0, messageId: "7", direction: "RECEIVED" });
  const ours = message({ second: 1, messageId: "7", direction: "SENT", action: "Reset" });
  const answer = message({ second: 2, messageId: "7", type: "CALLRESULT", direction: "RECEIVED" });
  const list = assemble(page(theirs, ours), [answer]);
  expect(list.find(({ id }) => id === ours.id)?.answer?.id).toBe(answer.id);
  expect(list.find(({ id }) => id === theirs.id)?.answer).toBeUndefined();
});

test("an answer without its request still shows", () => {
  const [exchange] = assemble(page(), [message({ type: "CALLRESULT", direction: "SENT" })]);
  expect(exchange).toMatchObject({ direction: "RECEIVED", request: undefined });
});

test("the list is asked for requests, or for what went wrong", () => {
  expect(messageWhere("s1", nothing)).toEqual({ stationId: "s1", typeIn: ["CALL", "SEND", "UNREADABLE"] });
  const errors = messageWhere("s1", { ...nothing, errors: true, direction: "SENT" });
  expect(errors.or).toEqual([{ typeIn: ["CALLERROR", "CALLRESULTERROR"], direction: "RECEIVED" }]);
});

test("filters hold for the live tail too", () => {
  const [exchange] = assemble(page(message({ action: "MeterValues", payload: { idTag: "04A1" } })), []);
  if (exchange == null) throw new Error("no exchange");
  expect(passes(exchange, nothing, "04a1")).toBe(true);
  expect(passes(exchange, nothing, "04a2")).toBe(false);
  expect(passes(exchange, { ...nothing, actions: ["Heartbeat"] }, "")).toBe(false);
  expect(passes(exchange, { ...nothing, direction: "SENT" }, "")).toBe(false);
  expect(passes(exchange, { ...nothing, errors: true }, "")).toBe(false);
  expect(passes(exchange, { ...nothing, since: new Date(base + 1000).toISOString() }, "")).toBe(false);
  expect(passes(exchange, { ...nothing, until: new Date(base - 1000).toISOString() }, "")).toBe(false);
});
