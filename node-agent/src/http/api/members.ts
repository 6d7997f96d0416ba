import { fault } from "../../model/fault.ts";
import type { CreditView, MemberView } from "../../model/ledger-views.ts";
import { parse } from "../server/json-body.ts";
import { demandOwnCredit } from "./ownership.ts";
import { answer, type ApiHandlers, type ApiParts } from "./parts.ts";
import { creditView, memberView } from "./schemas/chain.ts";
import { memberList } from "./schemas/lists.ts";
import { accountParam, memberParam } from "./schemas/work.ts";

type Key = "GET /api/members" | "GET /api/members/:member" | "GET /api/credit/members/:member" | "GET /api/credit/accounts/:account";

const creditOf = (view: CreditView) => ({ subject: view.subject, score: view.score, counterparties: view.counterparties, gateOpen: view.gateOpen, tier: view.tier });

/** Members from the local index; credit from the chain, because it decays with time and not with events. */
export function memberHandlers({ context }: ApiParts): ApiHandlers<Key> {
  const shown = (view: MemberView) => ({
    id: view.id,
    kind: view.kind,
    status: view.status,
    governor: view.governor,
    operators: [...view.operators],
    profile: {
      displayName: view.profile.displayName,
      endpoint: view.profile.endpoint,
      openpgpSha256: view.profile.openpgpSha256,
      spkiSha256: view.profile.spkiSha256,
    },
    nodes: view.nodes.map((node) => ({ ...node })),
    self: view.id === context.self.member,
  });
  const known = (params: unknown): MemberView => {
    const view = context.ledgerIndex.member(parse(memberParam, params).member);
    if (view === null) throw fault("HTTP_RECORD_UNKNOWN", { what: "member" });
    return view;
  };
  return {
    "GET /api/members": ({ response }) => {
      answer(response, memberList, { members: context.ledgerIndex.members().map(shown) });
    },
    "GET /api/members/:member": ({ request, response }) => {
      answer(response, memberView, shown(known(request.params)));
    },
    "GET /api/credit/members/:member": async ({ request, response }) => {
      answer(response, creditView, creditOf(await context.reader.credit(known(request.params).id)));
    },
    "GET /api/credit/accounts/:account": async ({ request, response, who }) => {
      const { account } = parse(accountParam, request.params);
      demandOwnCredit(context, who, account);
      answer(response, creditView, creditOf(await context.reader.credit(account)));
    },
  };
}
