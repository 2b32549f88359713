import type { FirmwareChoicesQuery } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";

export type FirmwareChoice = ReturnType<typeof choicesOf>[number];

export function choicesOf(data: FirmwareChoicesQuery | undefined) {
  return nodes(data?.firmwares);
}

/** Which firmware: one that is kept here, or what a URL leads to. */
export type Chosen = { firmwareId: string; location: string; force: boolean };

export const nothingChosen: Chosen = { firmwareId: "", location: "", force: false };

/** The address of a file that stations can fetch (OCPP 2.0.1 Part 2 L01). */
export function isLocation(text: string): boolean {
  return /^(https?|ftps?|sftp):\/\/\S+$/i.test(text.trim());
}

export function isChosen(chosen: Chosen): boolean {
  return chosen.firmwareId !== "" || isLocation(chosen.location);
}

/** The choice as updateFirmware takes it. */
export function chosenInput({ firmwareId, location, force }: Chosen) {
  return firmwareId === "" ? { location: location.trim() } : { firmwareId, ...(force ? { force: true } : {}) };
}

type Make = { vendor: string; model: string };

const same = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase();

/** Whether firmware is for stations of a make. The server has the last word. */
export function isFor({ vendor, models }: Pick<FirmwareChoice, "vendor" | "models">, make: Make): boolean {
  return same(vendor, make.vendor) && ((models ?? []).length === 0 || (models ?? []).some((model) => same(model, make.model)));
}

export function nameOf({ vendor, version, fileName }: Pick<FirmwareChoice, "vendor" | "version" | "fileName">): string {
  return `${vendor} ${version} · ${fileName}`;
}
