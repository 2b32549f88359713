import { Logs } from "./logs";
import { Updates } from "./updates";
import type { StationDetailFragment } from "@/gql/graphql";

/** What the station runs and was given to run, and what it was asked to tell of itself. */
export default function FirmwareTab({ station }: { station: StationDetailFragment }) {
  return (
    <div className="flex flex-col gap-4 p-4 sm:p-6">
      <Updates station={station} />
      <Logs station={station} />
    </div>
  );
}
