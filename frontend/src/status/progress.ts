import type { FirmwareStatus } from "@/gql/graphql";
import type { Shape, State } from "./language";
import type { Tone } from "@/components/badge";

type Look = { tone: Tone; shape: Shape };

const waits: Look = { tone: "warn", shape: "clock" };
const goes: Look = { tone: "busy", shape: "half" };
const rests: Look = { tone: "warn", shape: "pause" };
const good: Look = { tone: "ok", shape: "check" };
const bad: Look = { tone: "bad", shape: "cross" };
const over: Look = { tone: "idle", shape: "dash" };

// Updates of the firmware (OCPP 1.6 §7.25, security whitepaper §5.2, OCPP 2.0.1 Part 2 §3.43 and §3.66).
const updateLooks = {
  Requested: waits,
  DownloadScheduled: waits,
  Downloading: goes,
  DownloadPaused: rests,
  Downloaded: goes,
  SignatureVerified: goes,
  ChecksumVerified: goes,
  InstallScheduled: waits,
  Installing: goes,
  InstallRebooting: goes,
  Installed: good,
  Published: good,
  DownloadFailed: bad,
  InstallationFailed: bad,
  InstallVerificationFailed: bad,
  InvalidSignature: bad,
  InvalidChecksum: bad,
  InvalidCertificate: bad,
  RevokedCertificate: bad,
  PublishFailed: bad,
  Rejected: bad,
  AcceptedCanceled: over,
} as const satisfies Record<string, Look>;

// Uploads of logs (OCPP 1.6 §7.24, OCPP 2.0.1 Part 2 §3.87). Expired is a word of ours: nothing came in time.
const uploadLooks = {
  Requested: waits,
  Uploading: goes,
  Uploaded: good,
  UploadFailed: bad,
  UploadFailure: bad,
  BadMessage: bad,
  NotSupportedOperation: bad,
  PermissionDenied: bad,
  Rejected: bad,
  AcceptedCanceled: over,
  Expired: over,
} as const satisfies Record<string, Look>;

type UpdateStatus = keyof typeof updateLooks;
type UploadStatus = keyof typeof uploadLooks;

export const updateStates = Object.fromEntries(
  Object.entries(updateLooks).map(([status, look]) => [status, { ...look, word: `state.update.${status as UpdateStatus}.word`, sentence: `state.update.${status as UpdateStatus}.sentence` }]),
) as Readonly<Record<string, State>>;

export const uploadStates = Object.fromEntries(
  Object.entries(uploadLooks).map(([status, look]) => [status, { ...look, word: `state.upload.${status as UploadStatus}.word`, sentence: `state.upload.${status as UploadStatus}.sentence` }]),
) as Readonly<Record<string, State>>;

export const firmwareStates: Record<FirmwareStatus, State> = {
  AWAITING_UPLOAD: { ...waits, word: "state.firmware.AWAITING_UPLOAD.word", sentence: "state.firmware.AWAITING_UPLOAD.sentence" },
  READY: { ...good, word: "state.firmware.READY.word", sentence: "state.firmware.READY.sentence" },
  DAMAGED: { ...bad, word: "state.firmware.DAMAGED.word", sentence: "state.firmware.DAMAGED.sentence" },
};

/** A status that only the station knows the meaning of. */
export const strangeState: State = { tone: "idle", shape: "hollow", word: "state.progress.unknown.word", sentence: "state.progress.unknown.sentence" };
