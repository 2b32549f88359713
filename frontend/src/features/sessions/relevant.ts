import type { Exchange } from "@/features/messages/exchange";

type Session = { ocppTransactionId: string; idTag: string; evseNo: number };

function field(payload: unknown, name: string): unknown {
  return payload != null && typeof payload === "object" ? (payload as Record<string, unknown>)[name] : undefined;
}

/** Whether an exchange within a session's time belongs to it: by transaction, by connector, or by who asked. */
export function belongs({ request, answer }: Exchange, session: Session): boolean {
  const transaction = field(request?.payload, "transactionId") ?? field(answer?.payload, "transactionId");
  if (transaction != null) return String(transaction) === session.ocppTransactionId;
  const connector = field(request?.payload, "connectorId");
  if (connector != null) return connector === session.evseNo;
  const idTag = field(request?.payload, "idTag");
  return idTag != null && String(idTag).toLowerCase() === session.idTag.toLowerCase();
}
