import type { AnyVariables, Client, CombinedError, OperationResult, TypedDocumentNode } from "@urql/core";
import { useCallback, useEffect, useEffectEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient, useMutation, useQuery } from "urql";
import type { TypedDocumentString } from "@/gql/graphql";
import { problemOf, problemText, type Problem } from "./errors";
import { useOnReturn } from "./live-connection";

/** A generated operation: its text, with the types of what it answers and takes. */
export type Operation<Data, Variables> = Omit<TypedDocumentString<Data, Variables>, never>;

/** The plain text that the client wants, with the types kept. */
function textOf<Data, Variables>(operation: Operation<Data, Variables>): TypedDocumentNode<Data, AnyVariables> {
  return operation.toString() as unknown as TypedDocumentNode<Data, AnyVariables>;
}

/** A mutation outside of a component's own state, such as one of many in a row. */
export function mutate<Data, Variables>(client: Client, mutation: Operation<Data, Variables>, variables: Variables): Promise<OperationResult<Data>> {
  return client.mutation<Data, AnyVariables>(textOf(mutation), variables as AnyVariables).toPromise();
}

/** What a query answers this once, whatever the cache holds. */
export function fetchOnce<Data, Variables>(client: Client, query: Operation<Data, Variables>, variables: Variables): Promise<OperationResult<Data>> {
  return client.query<Data, AnyVariables>(textOf(query), variables as AnyVariables, { requestPolicy: "network-only" }).toPromise();
}

/** A query's state as a view needs it: loading only while there is nothing to show. */
export type Loaded<Data> = {
  data: Data | undefined;
  loading: boolean;
  problem: Problem | undefined;
  refetch: () => void;
};

function useFetched<Data, Variables>(query: Operation<Data, Variables>, variables: Variables, pause: boolean): Loaded<Data> {
  const [result, run] = useQuery<Data, AnyVariables>({ query: textOf(query), variables: variables as AnyVariables, pause, requestPolicy: "cache-and-network" });
  const refetch = useCallback(() => {
    if (!pause) run({ requestPolicy: "network-only" });
  }, [run, pause]);
  const problem = useMemo(() => (result.error == null ? undefined : problemOf(result.error)), [result.error]);
  return { data: result.data, loading: result.data == null && problem == null, problem, refetch };
}

/** Fetches, shows what the cache has meanwhile, and fetches again when the live connection returns. */
export function useData<Data, Variables>(query: Operation<Data, Variables>, variables: Variables, pause = false): Loaded<Data> {
  const loaded = useFetched(query, variables, pause);
  useOnReturn(loaded.refetch);
  return loaded;
}

type Page = { pageInfo: { hasNextPage: boolean; endCursor?: string | null | undefined } };

/** How long a list waits after a page that could not be fetched. */
const breather = 5_000;

export type Paged<Data> = Loaded<Data> & { more: boolean; loadingMore: boolean; loadMore: () => void };

/**
 * A list that grows by cursor; the cache joins the pages. Fetching again fetches every page that is shown, so that
 * the list keeps its length under the reader.
 */
export function usePages<Data, Variables extends { first: number; after?: string | null | undefined }>(
  query: Operation<Data, Variables>,
  variables: Omit<Variables, "after">,
  pick: (data: Data) => Page,
  pause = false,
): Paged<Data> {
  const key = JSON.stringify(variables);
  const [cursors, setCursors] = useState<{ key: string; after: string[] }>({ key, after: [] });
  const after = cursors.key === key ? cursors.after : [];
  const last = after.at(-1) ?? null;
  const client = useClient();
  const loaded = useFetched<Data, unknown>(query as Operation<Data, unknown>, { ...variables, after: last }, pause);
  const [fetching, setFetching] = useState(false);

  const page = loaded.data == null ? undefined : pick(loaded.data);
  const next = page?.pageInfo.hasNextPage === true ? page.pageInfo.endCursor : undefined;

  const loadMore = useCallback(() => {
    if (next == null || fetching) return;
    setFetching(true);
    void client
      .query<Data, AnyVariables>(textOf(query), { ...variables, after: next }, { requestPolicy: "network-only" })
      .toPromise()
      .then((answer) => {
        if (answer.error == null) {
          setFetching(false);
          setCursors({ key, after: [...after, next] });
        } else {
          // Lists go on by themselves: one that can't must not ask without end.
          setTimeout(() => {
            setFetching(false);
          }, breather);
        }
      });
    // The variables are compared by their JSON.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [client, query, key, next, fetching, after.length]);

  const refetch = useCallback(() => {
    if (pause) return;
    for (const cursor of [null, ...after]) {
      void client.query<Data, AnyVariables>(textOf(query), { ...variables, after: cursor }, { requestPolicy: "network-only" }).toPromise();
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [client, query, key, pause, after.length]);
  useOnReturn(refetch);

  return { ...loaded, refetch, more: next != null, loadingMore: fetching, loadMore };
}

/** Goes on until all of a list is there, for views that are about all of it. */
export function useAll({ more, loadingMore, loadMore }: Pick<Paged<unknown>, "more" | "loadingMore" | "loadMore">) {
  useEffect(() => {
    if (more && !loadingMore) loadMore();
  }, [more, loadingMore, loadMore]);
}

/** Every page of a list, one after the other, past the cache: for what isn't shown. */
export async function everyPage<Data, Variables extends { first: number; after?: string | null | undefined }>(
  client: Client,
  query: Operation<Data, Variables>,
  variables: Omit<Variables, "after">,
  pick: (data: Data) => Page,
): Promise<{ pages: Data[]; error?: CombinedError }> {
  const pages: Data[] = [];
  let after: string | null | undefined = null;
  do {
    const answer: OperationResult<Data> = await client.query<Data, AnyVariables>(textOf(query), { ...variables, after }, { requestPolicy: "network-only" }).toPromise();
    if (answer.error != null || answer.data == null) return answer.error == null ? { pages } : { pages, error: answer.error };
    pages.push(answer.data);
    const { hasNextPage, endCursor } = pick(answer.data).pageInfo;
    after = hasNextPage ? endCursor : null;
  } while (after != null);
  return { pages };
}

/** Listens while mounted. The cache takes every event in; the handler sees every one, however fast they come. */
export function useLive<Data, Variables>(subscription: Operation<Data, Variables>, variables: Variables, onEvent?: (data: Data) => void, pause = false) {
  const client = useClient();
  const key = JSON.stringify(variables);
  const handle = useEffectEvent((data: Data) => {
    onEvent?.(data);
  });
  useEffect(() => {
    if (pause) return undefined;
    const { unsubscribe } = client
      .subscription<Data, AnyVariables>(textOf(subscription), JSON.parse(key) as AnyVariables)
      .subscribe((result) => {
        if (result.data != null) handle(result.data);
      });
    return unsubscribe;
  }, [client, subscription, key, pause]);
}

export type Outcome<Data> = { data: Data; problem?: undefined } | { data?: undefined; problem: Problem & { text: string } };

/** A mutation as a function that returns either data or a problem in words. */
export function useChange<Data, Variables>(mutation: Operation<Data, Variables>): [(variables: Variables) => Promise<Outcome<Data>>, boolean] {
  const { t } = useTranslation();
  const [state, execute] = useMutation<Data, AnyVariables>(textOf(mutation));
  const run = useCallback(
    async (variables: Variables): Promise<Outcome<Data>> => {
      const { data, error } = await execute(variables as AnyVariables);
      if (error != null || data == null) return { problem: describe(t, error) };
      return { data };
    },
    [execute, t],
  );
  return [run, state.fetching];
}

function describe(t: ReturnType<typeof useTranslation>["t"], error: CombinedError | undefined) {
  const problem: Problem = error == null ? { code: "INTERNAL", message: "", field: undefined } : problemOf(error);
  return { ...problem, text: problemText(t, problem) };
}
