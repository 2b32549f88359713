import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Exchange, Message } from "./exchange";
import { ExchangeRow } from "./exchange-row";

const message = (change: Partial<Message>): Message => ({
  id: "m1",
  at: "2026-01-02T03:04:05.000Z",
  direction: "RECEIVED",
  type: "CALL",
  action: "MeterValues",
  messageId: "17",
  payload: { connectorId: 1, meterValue: [{ sampledValue: [{ value: 10980 }] }] },
  errorCode: "",
  repairs: [],
  repaired: false,
  sentence: "Connector 1 draws 10.98 kW.",
  ...change,
});

const row = (exchange: Exchange) =>
  render(
    <ol>
      <ExchangeRow exchange={exchange} />
    </ol>,
  );

test("a sentence first, the frames on demand, what was repaired marked", () => {
  const request = message({ repaired: true, repairs: ["/meterValue/0/sampledValue/0/value: a number was read as text", "two brackets were closed"] });
  const answer = message({ id: "m2", at: "2026-01-02T03:04:05.038Z", type: "CALLRESULT", direction: "SENT", payload: {}, sentence: "" });
  row({ id: "m1", at: request.at, action: request.action, direction: "RECEIVED", request, answer });
  const button = screen.getByRole("button", { name: /MeterValues/ });
  expect(button.textContent).toContain("Connector 1 draws 10.98 kW.");
  expect(button.textContent).toContain("38 ms");
  expect(button.textContent).toContain("Repaired");
  expect(screen.queryByText("two brackets were closed")).toBeNull();

  fireEvent.click(button);

  expect(button.getAttribute("aria-expanded")).toBe("true");
  expect(screen.getByText("two brackets were closed")).toBeTruthy();
  const mark = screen.getByText("a number was read as text");
  expect(mark.tagName).toBe("MARK");
  expect(mark.parentElement?.textContent).toContain('"value": 10980');
});

test("an error says what it means", () => {
  const request = message({ direction: "SENT", action: "GetDiagnostics", sentence: "" });
  const answer = message({ id: "m2", type: "CALLERROR", errorCode: "NotImplemented", sentence: "" });
  row({ id: "m1", at: request.at, action: request.action, direction: "SENT", request, answer });
  const button = screen.getByRole("button", { name: /GetDiagnostics/ });
  expect(button.textContent).toContain("NotImplemented");
  fireEvent.click(button);
  expect(screen.getByText("The receiver does not know this action.")).toBeTruthy();
});

test("what a station answers to us is said beside what we asked, and what we answer is not", () => {
  const asked = message({ direction: "SENT", action: "Reset", sentence: "Busbar asked the station to restart." });
  const told = message({ id: "m2", type: "CALLRESULT", action: "Reset", sentence: "The station restarts." });
  row({ id: "m1", at: asked.at, action: "Reset", direction: "SENT", request: asked, answer: told });
  expect(screen.getByRole("button", { name: /Reset/ }).textContent).toContain("Busbar asked the station to restart. The station restarts.");
  const answer = message({ id: "m4", direction: "SENT", type: "CALLRESULT", sentence: "Busbar confirmed." });
  row({ id: "m3", at: answer.at, action: "MeterValues", direction: "RECEIVED", request: message({ id: "m3" }), answer });
  const button = screen.getByRole("button", { name: /MeterValues/ });
  expect(button.textContent).not.toContain("Busbar confirmed.");
  fireEvent.click(button);
  expect(screen.getByText("Busbar confirmed.")).toBeTruthy();
});

test("a request without an answer says so", () => {
  const request = message({ direction: "SENT", action: "Reset" });
  row({ id: "m1", at: request.at, action: request.action, direction: "SENT", request, answer: undefined });
  expect(screen.getByText("No answer")).toBeTruthy();
});
