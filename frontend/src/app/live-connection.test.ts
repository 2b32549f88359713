import { act, renderHook } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { connected, lost, rested, useLiveState, useOnReturn } from "./live-connection";

test("what shows live data fetches again after a loss, and only then", () => {
  const refetch = vi.fn();
  const { result, unmount } = renderHook(() => {
    useOnReturn(refetch);
    return useLiveState();
  });
  act(connected);
  expect([result.current, refetch.mock.calls.length]).toEqual(["up", 0]);
  act(lost);
  act(lost);
  expect([result.current, refetch.mock.calls.length]).toEqual(["lost", 0]);
  act(connected);
  expect([result.current, refetch.mock.calls.length]).toEqual(["up", 1]);
  act(rested);
  act(connected);
  expect([result.current, refetch.mock.calls.length]).toEqual(["up", 1]);
  unmount();
  lost();
  connected();
  expect(refetch).toHaveBeenCalledTimes(1);
});
