import { cn } from "@/lib/cn";

/** Three taps on one bar. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg aria-hidden viewBox="0 0 24 24" className={cn("size-6", className)}>
      <rect x="2" y="5" width="20" height="4" rx="1.5" className="fill-accent" />
      <path d="M5 9h3v10H5zM10.5 9h3v7h-3zM16 9h3v10h-3z" fill="currentColor" />
    </svg>
  );
}
