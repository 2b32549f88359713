import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { Credentials } from "./credentials";

const urls = [{ url: "ws://127.0.0.1:8080/ocpp/demo/DEMO-1", secure: false, note: "Not encrypted." }];

test("shows URL, identity and the password that is shown once", () => {
  render(<Credentials identity="DEMO-1" urls={urls} password="twenty-characters-20" />);
  expect(screen.getByText("ws://127.0.0.1:8080/ocpp/demo/DEMO-1")).toBeTruthy();
  expect(screen.getByText("twenty-characters-20")).toBeTruthy();
  expect(screen.getByText(/shown this once/)).toBeTruthy();
});

test("gives the password in hexadecimal for makers that want it so", () => {
  render(<Credentials identity="DEMO-1" urls={urls} password="twenty-characters-20" />);
  fireEvent.change(screen.getByLabelText("Maker"), { target: { value: "zaptec" } });
  expect(screen.getByText("7477656e74792d636861726163746572732d3230")).toBeTruthy();
  expect(screen.getByText("twenty-characters-20")).toBeTruthy();
});

test("says when the password can't be entered with a maker", () => {
  render(<Credentials identity="DEMO-1" urls={urls} password="sixteen-letters-" />);
  fireEvent.change(screen.getByLabelText("Maker"), { target: { value: "zaptec" } });
  expect(screen.getByText(/Zaptec wants a password of 20 characters/)).toBeTruthy();
});

test("nothing is said of a password that nobody was shown", () => {
  render(<Credentials identity="DEMO-1" urls={urls} password={null} />);
  expect(screen.queryByText("Password")).toBeNull();
});
