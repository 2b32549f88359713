type Connection<Node> = { edges?: readonly ({ node?: Node | null | undefined } | null | undefined)[] | null | undefined };

/** The items of a Relay connection, without the wrapping. */
export function nodes<Node>(connection: Connection<Node> | null | undefined): Node[] {
  return (connection?.edges ?? []).flatMap((edge) => (edge?.node == null ? [] : [edge.node]));
}
