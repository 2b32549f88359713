import { fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DataTable, type Column } from "./data-table";

type Row = { id: string; name: string; place: string };

const rows: Row[] = [
  { id: "1", name: "North", place: "Quay" },
  { id: "2", name: "South", place: "Depot" },
  { id: "3", name: "West", place: "Depot" },
];
const columns: Column<Row>[] = [
  { id: "name", header: "Name", sort: "name", cell: ({ id, name }) => <a href={`#${id}`}>{name}</a> },
  { id: "place", header: "Place", cell: ({ place }) => place },
];
const rowId = ({ id }: Row) => id;

beforeEach(() => {
  vi.stubGlobal("scrollTo", vi.fn());
  vi.stubGlobal("ResizeObserver", class { observe() { return undefined; } disconnect() { return undefined; } unobserve() { return undefined; } });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test("arrows move between rows, x selects, a click opens", () => {
  const onSelect = vi.fn();
  const onOpen = vi.fn();
  render(<DataTable label="Stations" columns={columns} rows={rows} rowId={rowId} selected={new Set()} onSelect={onSelect} onOpen={onOpen} />);
  const north = screen.getByRole("link", { name: "North" });
  north.focus();
  fireEvent.keyDown(north, { key: "ArrowDown" });
  expect(document.activeElement?.textContent).toBe("South");
  fireEvent.keyDown(document.activeElement ?? north, { key: "End" });
  expect(document.activeElement?.textContent).toBe("West");
  fireEvent.keyDown(document.activeElement ?? north, { key: "x" });
  expect(onSelect).toHaveBeenCalledWith(new Set(["3"]));
  fireEvent.click(screen.getByText("Quay"));
  expect(onOpen).toHaveBeenCalledWith(rows[0]);
});

test("selects all, and shows what is selected", () => {
  const onSelect = vi.fn();
  render(<DataTable label="Stations" columns={columns} rows={rows} rowId={rowId} selected={new Set(["2"])} onSelect={onSelect} />);
  const south = screen.getByRole("row", { name: /South/ });
  expect(south.getAttribute("aria-selected")).toBe("true");
  fireEvent.click(screen.getByRole("checkbox", { name: "Select all" }));
  expect(onSelect).toHaveBeenCalledWith(new Set(["1", "2", "3"]));
});

test("sorts the other way round on the second press", () => {
  const onSort = vi.fn();
  const table = (descending: boolean) => <DataTable label="Stations" columns={columns} rows={rows} rowId={rowId} sort={{ by: "name", descending }} onSort={onSort} />;
  const { rerender } = render(table(false));
  expect(screen.getByRole("columnheader", { name: "Name" }).getAttribute("aria-sort")).toBe("ascending");
  fireEvent.click(screen.getByRole("button", { name: "Name" }));
  expect(onSort).toHaveBeenLastCalledWith({ by: "name", descending: true });
  rerender(table(true));
  fireEvent.click(screen.getByRole("button", { name: "Name" }));
  expect(onSort).toHaveBeenLastCalledWith({ by: "name", descending: false });
});

test("hides columns", () => {
  render(<DataTable label="Stations" columns={columns} rows={rows} rowId={rowId} hidden={{ place: true }} />);
  expect(screen.queryByRole("columnheader", { name: "Place" })).toBeNull();
  expect(screen.queryByText("Quay")).toBeNull();
});

test("past 200 rows only those in view are in the document", async () => {
  const many = Array.from({ length: 5000 }, (_, index) => ({ id: String(index), name: `Station ${String(index)}`, place: "Depot" }));
  render(<DataTable label="Stations" columns={columns} rows={many} rowId={rowId} />);
  const body = screen.getByRole("table", { name: "Stations" });
  await within(body).findByRole("link", { name: "Station 0" });
  expect(within(body).getAllByRole("link").length).toBeLessThan(100);
});
