import { Link } from "@tanstack/react-router";
import { useHere, useMay } from "@/app/viewer";

/** A driver's name, which leads to their page where the viewer may open it. */
export function DriverLink({ driver: { id, name } }: { driver: { id: string; name: string } }) {
  const { tenant } = useHere();
  const may = useMay();
  if (!may("driver:read")) return <>{name}</>;
  return (
    <Link to="/t/$tenant/drivers/$driverId" params={{ tenant: tenant.slug, driverId: id }} className="hover:underline">
      {name}
    </Link>
  );
}
