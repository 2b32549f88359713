import { ChevronDown } from "lucide-react";
import { useId, type ComponentProps, type ReactNode } from "react";
import { cn } from "@/lib/cn";

const control =
  "w-full rounded-md border border-field bg-surface text-ink text-base md:text-sm placeholder:text-ink-3 disabled:bg-sunken disabled:text-ink-2 aria-invalid:border-bad";

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input {...rest} className={cn(control, "h-9 px-2.5 md:h-8", className)} />;
}

export function TextArea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea {...rest} className={cn(control, "px-2.5 py-1.5", className)} />;
}

/** The platform's own select: the best one on a phone, and reachable from any keyboard. */
export function Select({ className, children, ...rest }: ComponentProps<"select">) {
  return (
    <span className={cn("relative block", className)}>
      <select {...rest} className={cn(control, "h-9 appearance-none pr-8 pl-2.5 md:h-8")}>
        {children}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-ink-3" />
    </span>
  );
}

type CheckProps = ComponentProps<"input"> & { label: ReactNode; hint?: ReactNode };

export function Checkbox({ label, hint, className, ...rest }: CheckProps) {
  const hintId = useId();
  return (
    <label className={cn("flex items-start gap-2 text-sm", className)}>
      <input type="checkbox" aria-describedby={hint == null ? undefined : hintId} {...rest} className="mt-0.5 size-4 accent-ink" />
      <span>
        <span className="text-ink">{label}</span>
        {hint != null && (
          <span id={hintId} className="block text-ink-2">
            {hint}
          </span>
        )}
      </span>
    </label>
  );
}

type FieldProps = {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: string | undefined;
  className?: string;
  children: (ids: { id: string; "aria-describedby": string | undefined; "aria-invalid": true | undefined }) => ReactNode;
};

/** Ties a label, a hint and an error to one control. */
export function Field({ label, hint, error, optional, className, children }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error ?? hint;
  return (
    <div className={cn("flex flex-col gap-1", className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
        {optional != null && <span className="ml-1.5 font-normal text-ink-3">{optional}</span>}
      </label>
      {children({ id, "aria-describedby": note == null ? undefined : noteId, "aria-invalid": error == null ? undefined : true })}
      {note != null && (
        <p id={noteId} role={error == null ? undefined : "alert"} className={cn("text-sm", error == null ? "text-ink-2" : "text-bad")}>
          {note}
        </p>
      )}
    </div>
  );
}
