import { lazy, Suspense, type ComponentProps } from "react";

const Loaded = lazy(() => import("./confirm").then((module) => ({ default: module.Confirm })));

/** Confirm for pages that are opened first: its code is fetched when it is needed. */
export function LazyConfirm(props: ComponentProps<typeof Loaded>) {
  return props.open && (
    <Suspense>
      <Loaded {...props} />
    </Suspense>
  );
}
