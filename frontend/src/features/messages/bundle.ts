import type { StationDetailFragment } from "@/gql/graphql";
import type { Exchange, Message } from "./exchange";

function frame(message: Message | undefined) {
  if (message == null) return undefined;
  const { at, direction, type, action, messageId, payload, errorCode, repairs } = message;
  return { at, direction, type, action, messageId, payload, ...(errorCode === "" ? {} : { errorCode }), ...((repairs ?? []).length === 0 ? {} : { repairs }) };
}

/** What somebody who is asked for help needs to see, as text for a mail or a ticket. Holds no credential. */
export function supportBundle(station: StationDetailFragment, exchanges: readonly Exchange[], now: Date): string {
  const bundle = {
    made: now.toISOString(),
    station: {
      identity: station.identity,
      name: station.name,
      vendor: station.vendor,
      model: station.model,
      serialNumber: station.serialNumber,
      firmwareVersion: station.firmwareVersion,
      ocppVersion: station.connection.version ?? station.ocppVersion,
      securityProfile: station.connection.securityProfile ?? station.securityProfile,
      onboarding: station.onboarding,
      online: station.online,
      lastSeenAt: station.lastSeenAt,
      connectors: (station.connectors ?? []).map(({ evseNo, connectorNo, status, errorCode, info, vendorErrorCode, statusAt }) => ({ evseNo, connectorNo, status, errorCode, info, vendorErrorCode, statusAt })),
    },
    onboarding: station.onboardingSteps.map(({ key, state, at, evidence }) => ({ key, state, at, evidence })),
    messages: exchanges.map(({ request, answer }) => ({ request: frame(request), answer: frame(answer) })),
  };
  return JSON.stringify(bundle, null, 2);
}
