import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import type { Group, Variable } from "./variable";
import { VariableRow } from "./variable-row";

type Props = {
  group: Group;
  /** Rises when edits are over, so that the rows close. */
  round: number;
  /** What is out of view costs no layout, where there are thousands. */
  many: boolean;
  drafts: ReadonlyMap<string, string>;
  editable: boolean;
  selectable: boolean;
  selected: ReadonlySet<string>;
  onSelect: (variables: readonly Variable[], on: boolean) => void;
  onDraft: (id: string, value: string | undefined) => void;
};

/** The variables of one component; those of OCPP 1.6 have none, and stand without a heading. */
export function VariableGroup({ group, round, many, drafts, editable, selectable, selected, onSelect, onDraft }: Props) {
  const { t } = useTranslation();
  const on = group.variables.filter(({ id }) => selected.has(id)).length;
  const where = [group.evseNo > 0 && t("variables.evseNo", { no: group.evseNo }), group.connectorNo > 0 && t("station.connectorNo", { no: group.connectorNo })].filter(Boolean).join(" · ");
  const name = group.component === "" ? t("station.variables") : group.component;
  return (
    <section aria-label={[name, where].filter((part) => part !== "").join(" · ")} className={cn("border-b", many && "[contain-intrinsic-size:auto_12rem] [content-visibility:auto]")}>
      <header className="flex min-h-9 items-center gap-3 border-b bg-sunken px-4 sm:px-6">
        {selectable && (
          <input
            type="checkbox"
            aria-label={t("variables.selectAll", { name })}
            checked={on === group.variables.length}
            ref={(element) => {
              if (element != null) element.indeterminate = on > 0 && on < group.variables.length;
            }}
            className="mr-1 block size-4 accent-ink"
            onChange={(event) => {
              onSelect(group.variables, event.target.checked);
            }}
          />
        )}
        <h2 className="min-w-0 text-sm font-semibold break-all">{name}</h2>
        {where !== "" && <span className="text-xs whitespace-nowrap text-ink-2">{where}</span>}
        <span className="tabular ml-auto text-xs text-ink-2">{group.variables.length}</span>
      </header>
      <ul>
        {group.variables.map((variable) => (
          <VariableRow
            key={`${variable.id} ${String(round)}`}
            variable={variable}
            draft={drafts.get(variable.id)}
            editable={editable}
            selectable={selectable}
            selected={selected.has(variable.id)}
            onSelect={(chosen) => {
              onSelect([variable], chosen);
            }}
            onDraft={(value) => {
              onDraft(variable.id, value);
            }}
          />
        ))}
      </ul>
    </section>
  );
}
