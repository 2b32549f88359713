export type Step = { status: string; at: string };

/** What the station said, one step after the other. */
export function stepsOf(history: unknown): Step[] {
  if (!Array.isArray(history)) return [];
  return history.flatMap((step: unknown) => {
    const { status, at } = (step ?? {}) as Record<string, unknown>;
    return typeof status === "string" && typeof at === "string" ? [{ status, at }] : [];
  });
}

/** From the request on to what the station said last. An end that it did not say itself, such as a refusal, is the last step. */
export function timeline({ createdAt, updatedAt, status, history }: { createdAt: string; updatedAt: string; status: string; history?: unknown }): Step[] {
  const steps = [{ status: "Requested", at: createdAt }, ...stepsOf(history)];
  return steps.at(-1)?.status === status || steps.some((step) => step.status === status) ? steps : [...steps, { status, at: updatedAt }];
}

/** The name of the file at a URL. */
export function fileOf(location: string): string {
  const path = location.split(/[?#]/)[0] ?? "";
  const last = path.split("/").findLast((part) => part !== "") ?? "";
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
