import { Slot } from "radix-ui";
import { lazy, Suspense, useState, type ComponentType, type KeyboardEvent, type ReactElement } from "react";

type Opened<Props> = ComponentType<Props & { trigger: ReactElement }>;

/**
 * A menu or panel whose code is fetched when somebody points at its trigger or reaches it with the keyboard. What is
 * loaded mounts open, and from then on handles the trigger itself.
 */
export function onIntent<Props extends object>(load: () => Promise<{ default: Opened<Props> }>, kind: "menu" | "dialog" = "menu"): Opened<Props> {
  const Loaded = lazy(load) as unknown as Opened<Props>;
  const fetch = () => void load();
  return function OnIntent(props: Props & { trigger: ReactElement }) {
    const [wanted, setWanted] = useState(false);
    const want = () => {
      setWanted(true);
    };
    if (wanted) {
      return (
        <Suspense fallback={props.trigger}>
          <Loaded {...props} />
        </Suspense>
      );
    }
    return (
      <Slot.Root
        aria-haspopup={kind}
        aria-expanded={false}
        onPointerEnter={fetch}
        onFocus={fetch}
        onClick={want}
        onKeyDown={(event: KeyboardEvent) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          want();
        }}
      >
        {props.trigger}
      </Slot.Root>
    );
  };
}
