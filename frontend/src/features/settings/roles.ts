import type { Role } from "@/gql/graphql";

/** From the most to the least; each may do what those after it may, finance aside. */
export const roles: readonly Role[] = ["OWNER", "ADMIN", "OPERATOR", "FINANCE", "VIEWER"];
