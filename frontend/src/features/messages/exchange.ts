import type { MessageFragment, MessagesQuery, OcppMessageWhereInput } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";

export type Message = MessageFragment;

/** A request with its answer, or whichever of the two is known. */
export type Exchange = {
  id: string;
  at: string;
  action: string;
  direction: Message["direction"];
  request: Message | undefined;
  answer: Message | undefined;
};

const answers: ReadonlySet<Message["type"]> = new Set<Message["type"]>(["CALLRESULT", "CALLERROR", "CALLRESULTERROR"]);

function isAnswer(message: Message): boolean {
  return answers.has(message.type);
}

function opposite(direction: Message["direction"]): Message["direction"] {
  return direction === "SENT" ? "RECEIVED" : "SENT";
}

function exchangeOf(request: Message | undefined, answer: Message | undefined): Exchange[] {
  const first = request ?? answer;
  if (first == null) return [];
  return [
    {
      id: first.id,
      at: first.at,
      action: request?.action || answer?.action || "",
      direction: request?.direction ?? opposite(first.direction),
      request,
      answer,
    },
  ];
}

/**
 * Pairs messages into a conversation, newest first. The list holds one half of each pair with the other attached; the
 * live tail brings both halves one by one. Ids repeat after every boot of some stations, so that an answer belongs to
 * the youngest request with its id, and never to a younger one than itself.
 */
export function assemble(page: MessagesQuery["ocppMessages"] | undefined, live: readonly Message[]): Exchange[] {
  const exchanges = new Map<string, Exchange>();
  const keep = (exchange: Exchange) => {
    const known = exchanges.get(exchange.id);
    exchanges.set(exchange.id, known?.answer != null && exchange.answer == null ? known : exchange);
  };
  for (const node of nodes(page)) {
    const other = node.correlatesWith ?? undefined;
    for (const exchange of isAnswer(node) ? exchangeOf(other, node) : exchangeOf(node, other)) keep(exchange);
  }
  for (const message of live) if (!isAnswer(message)) exchangeOf(message, undefined).forEach(keep);
  for (const message of live) {
    if (!isAnswer(message)) continue;
    const request = [...exchanges.values()]
      .filter((exchange) => exchange.request?.messageId === message.messageId && exchange.request.direction === opposite(message.direction) && exchange.at <= message.at)
      .sort((a, b) => (a.at < b.at ? 1 : -1))[0];
    if (request == null) exchangeOf(undefined, message).forEach(keep);
    else exchanges.set(request.id, { ...request, answer: message });
  }
  return [...exchanges.values()].sort((a, b) => (a.at === b.at ? (a.id < b.id ? 1 : -1) : a.at < b.at ? 1 : -1));
}

/** How long the answer took, in milliseconds. */
export function delay({ request, answer }: Exchange): number | undefined {
  if (request == null || answer == null) return undefined;
  return Math.max(0, new Date(answer.at).getTime() - new Date(request.at).getTime());
}

/** Whether anything went wrong: an error for an answer, a refusal in it, or a frame nobody could read. */
export function failed({ request, answer }: Exchange): boolean {
  return request?.type === "UNREADABLE" || answer?.type === "CALLERROR" || answer?.type === "CALLRESULTERROR";
}

export type MessageFilter = { actions: readonly string[]; direction: Message["direction"] | undefined; errors: boolean; since: string | undefined; until: string | undefined };

/** The half of each pair that the server lists: requests, or only what went wrong. */
export function messageWhere(stationId: string, filter: MessageFilter): OcppMessageWhereInput {
  const base: OcppMessageWhereInput = {
    stationId,
    ...(filter.actions.length === 0 ? {} : { actionIn: [...filter.actions] }),
    ...(filter.since == null ? {} : { atGTE: filter.since }),
    ...(filter.until == null ? {} : { atLTE: filter.until }),
  };
  if (!filter.errors) return { ...base, typeIn: ["CALL", "SEND", "UNREADABLE"], ...(filter.direction == null ? {} : { direction: filter.direction }) };
  // An error to a request that was received is one that was sent.
  const direction = filter.direction == null ? {} : { direction: opposite(filter.direction) };
  const unreadable = filter.direction === "SENT" ? [] : [{ typeIn: ["UNREADABLE" as const] }];
  return { ...base, or: [{ typeIn: ["CALLERROR" as const, "CALLRESULTERROR" as const], ...direction }, ...unreadable] };
}

/** Whether an exchange passes the filter; for the live tail, and for the search through text, which the server has none of. */
export function passes(exchange: Exchange, filter: MessageFilter, text: string): boolean {
  if (filter.actions.length > 0 && !filter.actions.includes(exchange.action)) return false;
  if (filter.direction != null && exchange.direction !== filter.direction) return false;
  if (filter.errors && !failed(exchange)) return false;
  if (filter.since != null && new Date(exchange.at) < new Date(filter.since)) return false;
  if (filter.until != null && new Date(exchange.at) > new Date(filter.until)) return false;
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return true;
  return [exchange.request, exchange.answer].some(
    (message) => message != null && `${message.action} ${message.sentence} ${message.messageId} ${message.errorCode} ${JSON.stringify(message.payload)}`.toLowerCase().includes(wanted),
  );
}
