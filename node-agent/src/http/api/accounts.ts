import { fault } from "../../model/fault.ts";
import type { Principal } from "../../ports/accounts.ts";
import { jsonBody, parse } from "../server/json-body.ts";
import { answer, type ApiHandlers, type ApiParts } from "./parts.ts";
import { accountList } from "./schemas/lists.ts";
import { account, accountIn, nameParam } from "./schemas/work.ts";

type Key = "GET /api/accounts" | "POST /api/accounts" | "DELETE /api/accounts/:name";

/** Local accounts. An administrator sees whether an account is linked to a patient, not to whom. */
export function accountHandlers({ accounts, sessions }: ApiParts): ApiHandlers<Key> {
  const shown = (principal: Principal) => ({ name: principal.name, roles: [...principal.roles], linkedToPatient: principal.patient !== null });
  return {
    "GET /api/accounts": ({ response }) => {
      answer(response, accountList, { accounts: accounts.list().map(shown) });
    },
    "POST /api/accounts": async ({ request, response }) => {
      const input = await jsonBody(request, response, accountIn);
      if (input.patient !== null && !input.roles.includes("patient")) throw fault("HTTP_BAD_REQUEST", { what: "patient: only an account with the role patient is linked to one" });
      await accounts.put(input);
      // Whoever was signed in under this name may have other roles or another password now.
      sessions.closeAllOf(input.name);
      answer(response, account, shown(input), 201);
    },
    "DELETE /api/accounts/:name": async ({ request, response, who }) => {
      const { name } = parse(nameParam, request.params);
      if (name === who.name) throw fault("HTTP_BAD_REQUEST", { what: "name: an account cannot remove itself" });
      await accounts.remove(name);
      sessions.closeAllOf(name);
      response.status(204).end();
    },
  };
}
