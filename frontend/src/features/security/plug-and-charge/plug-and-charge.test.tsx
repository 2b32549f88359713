import { CombinedError } from "@urql/core";
import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { GraphQLError } from "graphql";
import type { ReactNode } from "react";
import { Provider } from "urql";
import { beforeAll, expect, test, vi } from "vitest";
import { fromValue, merge, never } from "wonka";
import { HereContext } from "@/app/viewer";
import { moreTranslations } from "@/i18n";
import type { ContractRootFragment, PlugAndChargeQuery } from "@/gql/plug-and-charge/graphql";
import PlugAndChargeTab from "./plug-and-charge-tab";

beforeAll(() => moreTranslations("security", "plug-and-charge"));

const root: ContractRootFragment = {
  id: "r1",
  createdAt: "2030-01-02T10:00:00Z",
  kind: "V2G_ROOT",
  status: "ACTIVE",
  name: "Hub root",
  fingerprint: "AA:BB",
  notBefore: "2020-01-01T00:00:00Z",
  notAfter: "2060-01-01T00:00:00Z",
  createdBy: "Asha",
  pem: "-----BEGIN CERTIFICATE-----",
};
const reading = { subject: "CN=Hub", issuer: "CN=Hub", serialNumber: "01", fingerprint: "AA:BB:CC", keyType: "ECDSA P-256", notBefore: root.notBefore, notAfter: root.notAfter, root: true };
const nothing: PlugAndChargeQuery = { certificateAuthorities: [], plugAndCharge: { platformOperator: false }, plugAndChargeOperator: null };
const refused = (message: string, field: string) => new CombinedError({ graphQLErrors: [new GraphQLError(message, { extensions: { code: "INVALID", field } })] });

type Asked = { name: string; variables: Record<string, unknown> };

/** The tab with a server that answers as it is told, for somebody who may change things or only look. */
function open(data: PlugAndChargeQuery, { may = true, answer }: { may?: boolean; answer?: (asked: Asked) => object | undefined } = {}) {
  const asked: Asked[] = [];
  type Request = { query: { loc?: { source: { body: string } } }; variables: Record<string, unknown> };
  const reply = ({ query, variables }: Request) => {
    const name = /(?:query|mutation) (\w+)/.exec(query.loc?.source.body ?? "")?.[1] ?? "";
    asked.push({ name, variables });
    return { ...(answer?.({ name, variables }) ?? { data: name === "PlugAndCharge" ? data : { readAuthority: reading } }), operation: {}, stale: false };
  };
  const client = {
    // A query stays open, as one of a real client does.
    executeQuery: (request: Request) => merge([fromValue(reply(request)), never]),
    executeMutation: (request: Request) => fromValue(reply(request)),
    query: (body: string, variables: Record<string, unknown>) => ({ toPromise: () => Promise.resolve(reply({ query: { loc: { source: { body } } }, variables })) }),
  };
  const here = { viewer: { permissions: may ? ["certificate:read", "certificate:write"] : ["certificate:read"] }, tenant: { slug: "demo", name: "Demo" }, network: null };
  const inside = (view: ReactNode) => (
    <Provider value={client as never}>
      <HereContext value={here as never}>{view}</HereContext>
    </Provider>
  );
  render(inside(<PlugAndChargeTab />));
  return asked;
}

test("without a root nothing is accepted, and without an operator nobody is asked: the page says so", async () => {
  open(nothing);
  await screen.findByText(/No root is trusted yet/);
  screen.getByText(/Nobody is asked/);
  screen.getByText("How a contract is judged");
});

test("the platform's operator counts where the tenant set none", async () => {
  open({ ...nothing, plugAndCharge: { platformOperator: true } });
  await screen.findByText(/whoever runs this server named is asked/);
});

test("whoever may only look sees roots and operator, and no way to change them", async () => {
  open({ ...nothing, certificateAuthorities: [root, { ...root, id: "r2", kind: "MANUFACTURER", name: "A maker" }, { ...root, id: "r3", name: "Gone", status: "RETIRED" }], plugAndChargeOperator: { url: "https://pnc.example", updatedBy: "Asha", updatedAt: root.createdAt } }, { may: false });
  const list = await screen.findByRole("list", { name: "Trusted roots of contracts" });
  expect(within(list).getAllByRole("listitem")).toHaveLength(1);
  within(list).getByRole("meter");
  screen.getByText("https://pnc.example");
  expect(screen.getAllByRole("button").map(({ textContent }) => textContent)).toEqual(["Download"]);
});

test("a root is shown as what it says before it is trusted, and what is wrong with it stands at its field", async () => {
  let good = false;
  const asked = open(nothing, {
    answer: ({ name, variables }) => {
      if (name === "ReadAuthority" && !good) return { error: refused("It isn't an authority.", "pem") };
      if (name === "TrustContractRoot") return { data: { trustContractRoot: { certificateAuthority: { ...root, name: (variables.input as { name: string }).name } } } };
      return undefined;
    },
  });
  fireEvent.click(await screen.findByRole("button", { name: "Trust a root" }));
  const dialog = await screen.findByRole("dialog");
  fireEvent.click(within(dialog).getByRole("radio", { name: /Root of a mobility operator/ }));
  fireEvent.change(within(dialog).getByLabelText("Name"), { target: { value: " Hub " } });
  fireEvent.change(within(dialog).getByLabelText("Certificate"), { target: { value: "PEM" } });
  fireEvent.click(within(dialog).getByRole("button", { name: "Next" }));
  expect((await within(dialog).findByRole("alert")).textContent).toBe("It isn't an authority.");
  expect(asked.some(({ name }) => name === "TrustContractRoot")).toBe(false);
  good = true;
  fireEvent.click(within(dialog).getByRole("button", { name: "Next" }));
  await within(dialog).findByText("AA:BB:CC");
  within(dialog).getByText("CN=Hub");
  within(dialog).getByRole("meter");
  fireEvent.click(within(dialog).getByRole("button", { name: "Trust it" }));
  await waitFor(() => {
    expect(screen.queryByRole("dialog")).toBeNull();
  });
  expect(asked.find(({ name }) => name === "TrustContractRoot")?.variables).toEqual({ input: { kind: "MO_ROOT", name: "Hub", pem: "PEM" } });
});

test("before the last root goes, it is said what stops working", async () => {
  const asked = open({ ...nothing, certificateAuthorities: [root] }, { answer: ({ name }) => (name === "DistrustContractRoot" ? { data: { distrustContractRoot: { certificateAuthority: { id: "r1", status: "RETIRED" } } } } : undefined) });
  fireEvent.click(await screen.findByRole("button", { name: "Stop trusting Hub root" }));
  const dialog = await screen.findByRole("dialog");
  within(dialog).getByText(/no car can charge by contract any more/);
  fireEvent.click(within(dialog).getByRole("button", { name: "Stop trusting" }));
  await waitFor(() => {
    expect(asked.find(({ name }) => name === "DistrustContractRoot")?.variables).toEqual({ input: { id: "r1" } });
  });
});

test("a new address needs the token again, which is never shown", async () => {
  const asked = open(
    { ...nothing, plugAndChargeOperator: { url: "https://pnc.example", updatedBy: "Asha", updatedAt: root.createdAt } },
    { answer: ({ name }) => (name === "SetPlugAndChargeOperator" ? { error: refused("It must be a whole URL.", "url") } : undefined) },
  );
  fireEvent.click(await screen.findByRole("button", { name: "Change the operator" }));
  const dialog = await screen.findByRole("dialog");
  const token = within(dialog).getByLabelText<HTMLInputElement>("Token");
  expect([token.type, token.value]).toEqual(["password", ""]);
  expect(within(dialog).getByRole<HTMLButtonElement>("button", { name: "Save" }).disabled).toBe(true);
  fireEvent.change(within(dialog).getByLabelText("Address"), { target: { value: "ftp://x" } });
  fireEvent.change(token, { target: { value: " secret " } });
  fireEvent.click(within(dialog).getByRole("button", { name: "Save" }));
  expect((await within(dialog).findByRole("alert")).textContent).toBe("It must be a whole URL.");
  expect(asked.find(({ name }) => name === "SetPlugAndChargeOperator")?.variables).toEqual({ input: { url: "ftp://x", token: "secret" } });
});

test("removing the operator says who is asked then", async () => {
  const run = vi.fn();
  open(
    { ...nothing, plugAndCharge: { platformOperator: true }, plugAndChargeOperator: { url: "https://pnc.example", updatedBy: "Asha", updatedAt: root.createdAt } },
    {
      answer: ({ name, variables }) => {
        if (name !== "SetPlugAndChargeOperator") return undefined;
        run(variables);
        return { data: { setPlugAndChargeOperator: { plugAndChargeOperator: null } } };
      },
    },
  );
  fireEvent.click(await screen.findByRole("button", { name: "Remove the operator" }));
  const dialog = await screen.findByRole("dialog");
  within(dialog).getByText(/whoever runs this server named is asked/);
  fireEvent.click(within(dialog).getByRole("button", { name: "Remove the operator" }));
  await waitFor(() => {
    expect(run).toHaveBeenCalledWith({ input: { url: "" } });
  });
});

test("what can't be fetched can be tried again", async () => {
  const asked = open(nothing, { answer: ({ name }) => (name === "PlugAndCharge" ? { error: refused("The server rests.", "") } : undefined) });
  await screen.findByText("The server rests.");
  const before = asked.length;
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(asked.length).toBeGreaterThan(before);
});
