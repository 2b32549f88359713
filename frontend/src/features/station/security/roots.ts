import type { HashAlgorithm } from "@/gql/security/graphql";

/** What a certificate that a station has is used for. */
type RootUse = "CSMS_ROOT" | "MANUFACTURER_ROOT" | "V2G_ROOT" | "MO_ROOT" | "OEM_ROOT" | "V2G_CHAIN";

export type Root = {
  use: RootUse | undefined;
  subject: string | undefined;
  notAfter: string | undefined;
  /** How stations name it; undefined where the station didn't say. */
  hash: { hashAlgorithm: HashAlgorithm; issuerNameHash: string; issuerKeyHash: string; serialNumber: string } | undefined;
};

const uses: readonly RootUse[] = ["CSMS_ROOT", "MANUFACTURER_ROOT", "V2G_ROOT", "MO_ROOT", "OEM_ROOT", "V2G_CHAIN"];
const algorithms: readonly HashAlgorithm[] = ["SHA256", "SHA384", "SHA512"];

/** What the server knows of an installed certificate; data is what the station said, so nothing of it is taken for granted. */
export function rootOf({ component, data }: { component: string; data: unknown }): Root {
  const said = typeof data === "object" && data != null ? (data as Record<string, unknown>) : {};
  const text = (key: string) => (typeof said[key] === "string" && said[key] !== "" ? said[key] : undefined);
  const hashAlgorithm = algorithms.find((algorithm) => algorithm === said.hashAlgorithm);
  const issuerNameHash = text("issuerNameHash");
  const issuerKeyHash = text("issuerKeyHash");
  const serialNumber = text("serialNumber");
  return {
    use: uses.find((use) => use === component),
    subject: text("subject"),
    notAfter: text("notAfter"),
    hash: hashAlgorithm == null || issuerNameHash == null || issuerKeyHash == null || serialNumber == null ? undefined : { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber },
  };
}
