import { CombinedError } from "@urql/core";
import i18next from "i18next";
import { GraphQLError } from "graphql";
import { expect, test } from "vitest";
import { problemOf, problemText } from "./errors";

const answer = (extensions: Record<string, unknown>) => new CombinedError({ graphQLErrors: [new GraphQLError("Taken already.", { extensions })] });

test("code and field come from the answer", () => {
  expect(problemOf(answer({ code: "CONFLICT", field: "identity" }))).toEqual({ code: "CONFLICT", field: "identity", message: "Taken already." });
});

test("a code nobody knows is one of ours gone wrong", () => {
  expect(problemOf(answer({ code: "WEIRD" })).code).toBe("INTERNAL");
  expect(problemOf(answer({})).code).toBe("INTERNAL");
});

test("without an answer it is the network", () => {
  const problem = problemOf(new CombinedError({ networkError: new Error("fetch failed") }));
  expect(problem.code).toBe("NETWORK");
  expect(problemText(i18next.t, problem)).toContain("can't be reached");
});
