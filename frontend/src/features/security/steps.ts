import type { OperationRowFragment } from "@/gql/security/graphql";
import type { Vocabulary } from "@/status/words";

/** The stages that operations have; one that isn't known here is shown as it is called. */
export const stepWords: Vocabulary = {
  CHECK: "security.step.CHECK",
  LIST: "security.step.LIST",
  INSTALL_ROOT: "security.step.INSTALL_ROOT",
  CONFIRM: "security.step.CONFIRM",
  LOWER: "security.step.LOWER",
  MAKE: "security.step.MAKE",
  SEND: "security.step.SEND",
  NAME: "security.step.NAME",
  ASK: "security.step.ASK",
  SIGN: "security.step.SIGN",
  INSTALL: "security.step.INSTALL",
  SLOT: "security.step.SLOT",
  PRIORITY: "security.step.PRIORITY",
  SWITCH: "security.step.SWITCH",
  CONNECT: "security.step.CONNECT",
  REQUIRE: "security.step.REQUIRE",
  TIDY: "security.step.TIDY",
  USE: "security.step.USE",
  UNDO: "security.step.UNDO",
};

type Doing = Pick<OperationRowFragment, "stages" | "steps" | "step" | "status">;

/** What was done of an operation and what it is at; what it takes after that is not listed, since not every station needs all of it. */
export function shownSteps({ steps, step, status }: Doing): { key: string; state: "DONE" | "WAITING" | "FAILED"; explanation: string; remarks: Doing["steps"][number]["remarks"]; at: string | undefined }[] {
  const shown = steps.map(({ key, state, explanation, remarks, at }) => ({ key, state, explanation, remarks, at }));
  if (status === "RUNNING" && shown.every(({ key }) => key !== step)) return [...shown, { key: step, state: "WAITING", explanation: "", remarks: [], at: undefined }];
  return shown;
}

/** How far an operation is, by the stages that its kind has. */
export function howFar({ stages, step, status }: Doing): { at: number; of: number } {
  const at = stages.indexOf(step);
  return { at: status === "COMPLETED" ? stages.length : Math.max(0, at), of: stages.length };
}
