import type { Page } from "playwright-core";
import { expect } from "vitest";
import { at, owner } from "./browser";

/** Asks the API as whoever is signed in on a page: for what a test begins with, not for what it shows. */
export async function ask<Data>(page: Page, query: string, variables: Record<string, unknown> = {}): Promise<Data> {
  const answer = await page.evaluate(
    async ([body, tenant]) => {
      const response = await fetch("/graphql", { method: "POST", headers: { "content-type": "application/json", "X-Busbar-Tenant": tenant ?? "" }, body: body ?? "" });
      return (await response.json()) as unknown;
    },
    [JSON.stringify({ query, variables }), owner.tenant],
  );
  const { data, errors } = answer as { data: Data | null; errors?: { message: string }[] };
  if (data == null || errors != null) throw new Error(`the API answered ${JSON.stringify(errors)}`);
  return data;
}

/** The URL a station would use, on the server that is tested, whatever it is called from outside. */
export function reachable(url: string): string {
  return `ws://${new URL(at("/")).host}${new URL(url).pathname}`;
}

/** A station of the demo that has been added and not connected yet. */
export async function added(page: Page, identity: string): Promise<{ id: string; url: string; password: string }> {
  const { viewer } = await ask<{ viewer: { networks: { id: string }[] } }>(page, "{ viewer { networks { id } } }");
  const { addStation } = await ask<{ addStation: { station: { id: string }; connectionURL: string; password: string } }>(
    page,
    "mutation($input: AddStationInput!) { addStation(input: $input) { station { id } connectionURL password } }",
    { input: { identity, name: identity, networkId: viewer.networks[0]?.id } },
  );
  return { id: addStation.station.id, url: reachable(addStation.connectionURL), password: addStation.password };
}

/** Waits until a station can be given commands. */
export async function onboarded(page: Page, where: Record<string, unknown>): Promise<string> {
  let id = "";
  await expect
    .poll(
      async () => {
        const { stations } = await ask<{ stations: { edges: { node: { id: string } }[] } }>(page, "query($where: StationWhereInput) { stations(where: $where) { edges { node { id } } } }", {
          where: { ...where, onboarding: "ONBOARDED", online: true },
        });
        id = stations.edges[0]?.node.id ?? "";
        return id;
      },
      { timeout: 30_000 },
    )
    .not.toBe("");
  return id;
}
