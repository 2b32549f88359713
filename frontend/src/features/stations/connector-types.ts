import type { ConnectorType } from "@/gql/graphql";

/** Connector types by the names on their plugs; the unknown one is named by the language. */
export const connectorTypes: readonly { value: ConnectorType; name?: string }[] = [
  { value: "TYPE2", name: "Type 2" },
  { value: "CCS2", name: "CCS2" },
  { value: "CHADEMO", name: "CHAdeMO" },
  { value: "TYPE1", name: "Type 1" },
  { value: "CCS1", name: "CCS1" },
  { value: "NACS", name: "NACS" },
  { value: "GBT_AC", name: "GB/T AC" },
  { value: "GBT_DC", name: "GB/T DC" },
  { value: "SCHUKO", name: "Schuko" },
  { value: "CEE", name: "CEE" },
  { value: "UNKNOWN" },
];

export function connectorTypeName(type: ConnectorType): string | undefined {
  return connectorTypes.find(({ value }) => value === type)?.name;
}
