import { expect, test } from "vitest";
import type { StationDetailFragment } from "@/gql/graphql";
import { supportBundle } from "./bundle";

test("tells who the station is and what was said, and nothing secret", () => {
  const station = {
    identity: "DEMO-1",
    name: "North",
    vendor: "Acme",
    model: "AC 22",
    connection: { version: "1.6", securityProfile: 1 },
    connectionURL: "ws://secret.example/ocpp/demo/DEMO-1",
    onboardingSteps: [{ key: "REACHED", state: "PASSED", at: null, evidence: "seen", fix: null }],
    connectors: [{ evseNo: 1, connectorNo: 1, status: "FAULTED", errorCode: "GroundFailure", info: "", vendorErrorCode: "E1", statusAt: null }],
  } as unknown as StationDetailFragment;
  const request = { id: "m1", at: "2026-01-02T03:04:05Z", direction: "RECEIVED", type: "CALL", action: "Heartbeat", messageId: "1", payload: {}, errorCode: "", repairs: ["fixed"], repaired: true, sentence: "" } as const;
  const text = supportBundle(station, [{ id: "m1", at: request.at, action: "Heartbeat", direction: "RECEIVED", request: { ...request, repairs: ["fixed"] }, answer: undefined }], new Date("2026-01-02T03:05:00Z"));
  const bundle = JSON.parse(text) as { made: string; station: Record<string, unknown>; messages: { request: Record<string, unknown> }[] };
  expect(bundle.made).toBe("2026-01-02T03:05:00.000Z");
  expect(bundle.station).toMatchObject({ identity: "DEMO-1", ocppVersion: "1.6", connectors: [{ errorCode: "GroundFailure", vendorErrorCode: "E1" }] });
  expect(bundle.messages[0]?.request).toMatchObject({ action: "Heartbeat", repairs: ["fixed"] });
  expect(text).not.toContain("secret.example");
});
