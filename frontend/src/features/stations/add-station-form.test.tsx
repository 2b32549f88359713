import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import type { AddStationMutation } from "@/gql/graphql";
import type { Outcome } from "@/app/data";
import { AddStationFormView } from "./add-station-form";

const networks = [
  { id: "n1", name: "City", allowUnsecured: false },
  { id: "n2", name: "Depot", allowUnsecured: true },
];
const locations = [
  { id: "l1", name: "Quay", networkId: "n1" },
  { id: "l2", name: "Yard", networkId: "n2" },
];
const done = { data: {} as AddStationMutation };
const type = (label: string | RegExp, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });
const submit = () => fireEvent.click(screen.getByRole("button", { name: "Add station" }));

test("sends what was filled in, and nothing that wasn't", async () => {
  const onSubmit = vi.fn(() => Promise.resolve<Outcome<AddStationMutation>>(done));
  render(<AddStationFormView networks={networks} locations={locations} onSubmit={onSubmit} />);
  type("Identity", " DE*ABC*1 ");
  type("Network", "n2");
  type(/Location/, "l2");
  fireEvent.click(screen.getByRole("button", { name: "Add connector" }));
  type("Power (kW)", "22");
  type(/Serial number/, " SN-1 ");
  submit();
  await waitFor(() => {
    expect(onSubmit).toHaveBeenCalledWith({
      identity: "DE*ABC*1",
      networkId: "n2",
      locationId: "l2",
      serialNumber: "SN-1",
      securityProfile: 1,
      ocppVersion: "1.6",
      evses: [{ evseNo: 1, connectors: [{ connectorNo: 1, type: "TYPE2", maxPowerW: 22_000 }] }],
    });
  });
});

test("says what is wrong beside the field, and sends nothing", async () => {
  const onSubmit = vi.fn(() => Promise.resolve<Outcome<AddStationMutation>>(done));
  render(<AddStationFormView networks={networks} locations={locations} onSubmit={onSubmit} />);
  type("Identity", "has space/slash");
  type(/^Password/, "short");
  submit();
  expect(await screen.findByText(/Use letters, digits and/)).toBeTruthy();
  expect(screen.getByText(/Use 16 to 40 characters, or/)).toBeTruthy();
  expect(screen.getByLabelText("Identity").getAttribute("aria-invalid")).toBe("true");
  expect(onSubmit).not.toHaveBeenCalled();
});

test("a refusal stands at the field that it names", async () => {
  const problem = { code: "CONFLICT" as const, field: "input.identity", message: "", text: "A station with this identity exists already." };
  render(<AddStationFormView networks={networks.slice(0, 1)} locations={locations} onSubmit={() => Promise.resolve({ problem })} />);
  type("Identity", "DEMO-1");
  submit();
  expect(await screen.findByText("A station with this identity exists already.")).toBeTruthy();
  expect(screen.getByLabelText("Identity").getAttribute("aria-invalid")).toBe("true");
});

test("no password is offered only where the network allows it, and places of its network only", () => {
  render(<AddStationFormView networks={networks} locations={locations} onSubmit={() => Promise.resolve(done)} />);
  type("Network", "n1");
  expect(screen.queryByRole("option", { name: "0 – no password" })).toBeNull();
  expect(screen.queryByRole("option", { name: "Yard" })).toBeNull();
  type("Network", "n2");
  expect(screen.getByRole("option", { name: "0 – no password" })).toBeTruthy();
  expect(screen.getByRole("option", { name: "Yard" })).toBeTruthy();
});

test("a station that comes by certificate is known by its serial number, and has no password", async () => {
  const onSubmit = vi.fn(() => Promise.resolve<Outcome<AddStationMutation>>(done));
  render(<AddStationFormView networks={networks.slice(0, 1)} locations={locations} onSubmit={onSubmit} />);
  type("Identity", "DE*ABC*3");
  type(/^Password/, "short");
  type("Security profile", "3");
  expect(screen.queryByLabelText(/^Password/)).toBeNull();
  submit();
  expect(await screen.findByText(/Without it nobody knows/)).toBeTruthy();
  expect(screen.getByLabelText(/Serial number/).getAttribute("aria-invalid")).toBe("true");
  expect(onSubmit).not.toHaveBeenCalled();
  type(/Serial number/, "SN-3");
  submit();
  await waitFor(() => {
    expect(onSubmit).toHaveBeenCalledWith({ identity: "DE*ABC*3", networkId: "n1", serialNumber: "SN-3", securityProfile: 3, ocppVersion: "1.6" });
  });
});
