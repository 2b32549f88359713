/** What the sign-in endpoints answer: nothing, or a code and a message to show. */
export type AuthResult = { ok: true } | { ok: false; code: string; message: string };

export async function post(path: string, body: unknown): Promise<AuthResult> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    return { ok: false, code: "NETWORK", message: "" };
  }
  if (response.ok) return { ok: true };
  if (response.status === 429) return { ok: false, code: "LIMIT", message: await message(response) };
  return { ok: false, code: response.status === 401 ? "UNAUTHENTICATED" : "INVALID", message: await message(response) };
}

async function message(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { error?: { message?: string } };
    return body.error?.message ?? "";
  } catch {
    return "";
  }
}

export const signIn = (email: string, password: string) => post("/auth/login", { email, password });
export const signOut = () => post("/auth/logout", {});
export const acceptInvitation = (token: string, password: string) => post("/auth/accept", { token, password });
