import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useHere } from "./driver";

type Props = { to: string; className?: string; current?: boolean; children: ReactNode };

/** A link among a driver's pages. */
export function DriveLink({ to, className, current, children }: Props) {
  const here = useHere();
  return (
    <Link to="/drive/$tenant/$network/$" params={{ ...here, _splat: to }} className={className} aria-current={current === true ? "page" : undefined} activeProps={{}}>
      {children}
    </Link>
  );
}
