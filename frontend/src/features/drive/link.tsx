import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useHere } from "./driver";

type Props = { to: string; className?: string; children: ReactNode };

/** A link among a driver's pages. */
export function DriveLink({ to, className, children }: Props) {
  const here = useHere();
  return (
    <Link to="/drive/$tenant/$network/$" params={{ ...here, _splat: to }} activeOptions={{ exact: true }} className={className}>
      {children}
    </Link>
  );
}
