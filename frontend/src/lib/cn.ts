import { clsx } from "clsx";

/** Joins class names. Nothing is merged: what overrides a component's own class says so with an exclamation mark. */
export const cn = clsx;
