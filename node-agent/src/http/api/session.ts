import { addressOf, bearerOf } from "../signin/authenticate.ts";
import { jsonBody } from "../server/json-body.ts";
import { answer, type ApiHandlers, type ApiParts } from "./parts.ts";
import { me, session, sessionIn } from "./schemas/work.ts";

/** Signing in and out, and who one is. */
export function sessionHandlers(parts: ApiParts): ApiHandlers<"POST /api/session" | "DELETE /api/session" | "GET /api/me"> {
  const { context } = parts;
  return {
    "POST /api/session": async ({ request, response }) => {
      const { name, password } = await jsonBody(request, response, sessionIn);
      const principal = await parts.signIn.password(addressOf(request), name, password);
      const { token, expiresAt } = parts.sessions.open(principal);
      answer(response, session, { token, expiresAt, principal: { name: principal.name, roles: [...principal.roles] } }, 201);
    },
    "DELETE /api/session": ({ request, response }) => {
      const token = bearerOf(request);
      if (token !== null) parts.sessions.close(token);
      response.status(204).end();
    },
    "GET /api/me": ({ response, who }) => {
      answer(response, me, { name: who.name, roles: [...who.roles], member: context.self.member, memberName: context.self.name, kind: context.role });
    },
  };
}
