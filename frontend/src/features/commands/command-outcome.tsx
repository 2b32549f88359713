import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Json } from "@/components/json";
import type { CommandRowFragment } from "@/gql/graphql";
import { callErrors, lookUp } from "@/status/words";
import { commandStates } from "@/status/language";
import { StateMark } from "@/status/mark";

type Setting = { key: string; value?: string; readonly?: boolean };

/** The settings in an answer to GetConfiguration (OCPP 1.6 §6.24), if that is what it is. */
function settingsOf(response: unknown): Setting[] | undefined {
  if (response == null || typeof response !== "object" || !("configurationKey" in response)) return undefined;
  const list = (response as { configurationKey: unknown }).configurationKey;
  return Array.isArray(list) ? (list as Setting[]) : undefined;
}

/** What became of a command, in words first and as it was sent for those who want it. */
export function CommandOutcome({ command }: { command: CommandRowFragment }) {
  const { t } = useTranslation();
  const state = commandStates[command.status];
  const box = useRef<HTMLDivElement>(null);
  // It comes below what was filled in, and may be out of view.
  useEffect(() => {
    box.current?.scrollIntoView({ block: "nearest" });
  }, [command.id]);
  const code = command.errorCode == null ? undefined : lookUp(callErrors, command.errorCode);
  const settings = settingsOf(command.response);
  return (
    <div ref={box} className="flex flex-col gap-2 rounded-md border p-3 text-sm" data-command-status={command.status}>
      <StateMark state={state} />
      <p className="text-ink-2">{command.error != null && command.error !== "" ? command.error : t(state.sentence)}</p>
      {code != null && <p className="text-ink-2">{t(code)}</p>}
      {settings == null ? (
        command.response != null && <Json value={command.response} />
      ) : (
        <dl className="max-h-80 divide-y overflow-y-auto rounded-md border">
          {settings.map(({ key, value }) => (
            <div key={key} className="flex flex-wrap gap-x-4 px-3 py-1.5">
              <dt className="code min-w-0 flex-1 basis-48 break-all">{key}</dt>
              <dd className="code min-w-0 flex-1 basis-32 break-all text-ink-2">{value ?? "–"}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
