import { columnVisibilityFeature, createColumnHelper, rowSelectionFeature, tableFeatures, useTable, type RowSelectionState } from "@tanstack/react-table";
import { ArrowDown, ArrowUp } from "lucide-react";
import { lazy, Suspense, useMemo, useRef, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";

const WindowedRows = lazy(() => import("./windowed-rows"));

/** From here on only the rows in view are in the document. */
const many = 200;
const rowHeight = 45;

export type Column<Row> = {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** What the column is called in the address when the list can be sorted by it. */
  sort?: string;
  /** Classes for its cells, such as hidden md:table-cell. */
  className?: string;
  end?: boolean;
};

type Sort = { by: string; descending: boolean };

type Props<Row> = {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  hidden?: Readonly<Record<string, boolean>>;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (selected: ReadonlySet<string>) => void;
  /** What a click anywhere on a row does; the first cell holds the link for the keyboard. */
  onOpen?: (row: Row) => void;
};

const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature });

/**
 * The table behind every list: columns that hide, rows that select, arrows that move, and only what is in view in the
 * document once there are more than 200 rows.
 */
export function DataTable<Row extends object>({ label, columns, rows, rowId, hidden, sort, onSort, selected, onSelect, onOpen }: Props<Row>) {
  const { t } = useTranslation();
  const body = useRef<HTMLTableSectionElement>(null);
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  const defs = useMemo(() => {
    const helper = createColumnHelper<typeof features, Row>();
    return helper.columns(columns.map((column) => helper.display({ id: column.id, header: column.header, cell: ({ row }) => column.cell(row.original) })));
  }, [columns]);
  const data = useMemo(() => [...rows], [rows]);
  const columnVisibility = useMemo(() => Object.fromEntries(Object.entries(hidden ?? {}).map(([id, off]) => [id, !off])), [hidden]);
  const rowSelection = useMemo<RowSelectionState>(() => Object.fromEntries([...(selected ?? [])].map((id) => [id, true as const])), [selected]);
  const table = useTable({
    features,
    columns: defs,
    data,
    getRowId: rowId,
    enableRowSelection: onSelect != null,
    state: { columnVisibility, rowSelection },
    onRowSelectionChange: (change) => {
      const next = typeof change === "function" ? change(rowSelection) : change;
      onSelect?.(new Set(Object.keys(next)));
    },
  });
  const all = table.getRowModel().rows;
  const span = table.getVisibleLeafColumns().length + (onSelect == null ? 0 : 1);

  const onKeyDown = (event: KeyboardEvent<HTMLTableSectionElement>) => {
    const row = event.target instanceof HTMLElement ? event.target.closest("tr[data-index]") : null;
    if (!(row instanceof HTMLElement)) return;
    const index = Number(row.dataset.index);
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to != null && to >= 0 && to < all.length) {
      event.preventDefault();
      if (!focusRow(body.current, to)) {
        // The row is out of the document: scrolling there brings it in.
        window.scrollBy({ top: (to - index) * rowHeight });
        setTimeout(() => focusRow(body.current, to), 50);
      }
    } else if (event.key === "x" && onSelect != null) {
      all[index]?.toggleSelected();
    }
  };

  const rowAt = (index: number) => {
    const row = all[index];
    if (row == null) return null;
    const on = row.getIsSelected();
    return (
      <tr
        key={row.id}
        data-index={index}
        aria-selected={onSelect == null ? undefined : on}
        className={cn("group/row", onOpen != null && "cursor-pointer", on ? "bg-accent-soft" : "hover:bg-hover")}
        onClick={(event) => {
          if (onOpen == null || (event.target instanceof Element && event.target.closest("a,button,input,label,select") != null)) return;
          if (window.getSelection()?.toString()) return;
          onOpen(row.original);
        }}
      >
        {onSelect != null && (
          <td className="w-9 border-b pl-4 sm:pl-6">
            <input type="checkbox" aria-label={t("table.select")} checked={on} onChange={row.getToggleSelectedHandler()} className="block size-4 accent-ink" />
          </td>
        )}
        {row.getVisibleCells().map((cell) => {
          const column = byId.get(cell.column.id);
          return (
            <td
              key={cell.id}
              className={cn("h-11 border-b px-3 py-1 first:pl-4 last:pr-4 sm:first:pl-6 sm:last:pr-6", column?.end && "tabular text-right", column?.className)}
            >
              {column?.cell(row.original)}
            </td>
          );
        })}
      </tr>
    );
  };

  return (
    <div className="overflow-x-auto">
      <table aria-label={label} className="w-full border-separate border-spacing-0 text-sm">
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {onSelect != null && (
                <th scope="col" className="w-9 border-b py-0 pl-4 sm:pl-6">
                  <input
                    type="checkbox"
                    aria-label={t("table.selectAll")}
                    checked={all.length > 0 && table.getIsAllRowsSelected()}
                    onChange={table.getToggleAllRowsSelectedHandler()}
                    className="block size-4 accent-ink"
                  />
                </th>
              )}
              {group.headers.map((header) => {
                const column = byId.get(header.column.id);
                const active = column?.sort != null && sort?.by === column.sort;
                return (
                  <th
                    key={header.id}
                    scope="col"
                    aria-sort={active ? (sort.descending ? "descending" : "ascending") : undefined}
                    className={cn("h-9 border-b px-3 text-left text-xs font-medium whitespace-nowrap text-ink-2 first:pl-4 last:pr-4 sm:first:pl-6 sm:last:pr-6", column?.end && "text-right", column?.className)}
                  >
                    {column?.sort != null && onSort != null ? (
                      <SortButton column={column} sort={sort} onSort={onSort} />
                    ) : (
                      column?.header
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody ref={body} onKeyDown={onKeyDown}>
          {all.length <= many ? (
            all.map((_, index) => rowAt(index))
          ) : (
            <Suspense>
              <WindowedRows count={all.length} columns={span} body={body} row={rowAt} />
            </Suspense>
          )}
        </tbody>
      </table>
    </div>
  );
}

/** Puts the focus on a row's link or button; false when the row isn't in the document. */
function focusRow(body: HTMLElement | null, index: number): boolean {
  const target = body?.querySelector<HTMLElement>(`tr[data-index="${String(index)}"] :is(a, td button)`);
  target?.focus();
  return target != null;
}

function SortButton<Row>({ column, sort, onSort }: { column: Column<Row>; sort: Sort | undefined; onSort: (sort: Sort) => void }) {
  const active = sort?.by === column.sort;
  const Arrow = sort?.descending === true ? ArrowDown : ArrowUp;
  return (
    <button
      type="button"
      onClick={() => {
        onSort({ by: column.sort ?? column.id, descending: active && sort?.descending === false });
      }}
      className={cn("-mx-1 inline-flex items-center gap-1 rounded-sm px-1 py-0.5 hover:text-ink", active && "text-ink")}
    >
      {column.header}
      <Arrow aria-hidden className={cn("size-3", !active && "opacity-0")} />
    </button>
  );
}
