import type { LedgerEvent } from "../model/ledger-events.ts";
import type { ConsentsTable } from "./consents-table.ts";
import type { CreditsTable } from "./credits-table.ts";
import type { IdsTable } from "./ids-table.ts";
import { type MembersTable, withOperator, withoutOperator } from "./members-table.ts";
import type { RequestsTable } from "./requests-table.ts";
import type { StudiesTable } from "./studies-table.ts";

export type Views = {
  readonly ids: IdsTable;
  readonly members: MembersTable;
  readonly studies: StudiesTable;
  readonly consents: ConsentsTable;
  readonly requests: RequestsTable;
  readonly credits: CreditsTable;
};

/** Moves the views on by one event, by the rules of the contracts (design 3). */
export function applyFact({ ids, members, studies, consents, requests, credits }: Views, event: LedgerEvent): void {
  switch (event.kind) {
    case "MemberAdmitted": {
      const { member: id, memberKind: kind, governor, operators, profile } = event;
      members.put({ id, kind, status: "active", governor, operators, profile, nodes: [] });
      break;
    }
    case "MemberStatusChanged":
      members.change(event.member, () => ({ status: event.status }));
      break;
    case "MemberProfileChanged":
      members.change(event.member, () => ({ profile: event.profile }));
      break;
    case "GovernorReplaced":
      members.change(event.member, () => ({ governor: event.governor }));
      break;
    case "OperatorAdded":
      members.change(event.member, ({ operators }) => ({ operators: withOperator(operators, event.operator) }));
      break;
    case "OperatorRemoved":
      members.change(event.member, ({ operators }) => ({ operators: withoutOperator(operators, event.operator) }));
      break;
    case "StudyRegistered":
      studies.register(ids.number(event.study), event.custodian, ids.number(event.patient), event.root, event.timestamp);
      break;
    case "StudySuperseded":
      studies.supersede(ids.number(event.study), event.root, event.version);
      break;
    case "StudyWithdrawn":
      studies.withdraw(ids.number(event.study));
      break;
    case "ConsentGranted":
      consents.grant(ids.number(event.study), event.grantee, event);
      break;
    case "ConsentRevoked":
      consents.revoke(ids.number(event.study), event.grantee);
      break;
    case "AccessRequested": {
      const { requester, custodian, purpose, granted, reason, emergency, timestamp: requestedAt, dueBy } = event;
      // A granted emergency is under review from the start, about its requester.
      const reviewed = granted && emergency;
      requests.open(ids.number(event.request), ids.number(event.study), ids.number(event.patient), {
        requester,
        custodian,
        purpose,
        state: granted ? "granted" : "denied",
        reason,
        emergency,
        review: reviewed ? "pending" : "none",
        requestedAt,
        dueBy,
        accused: reviewed ? requester : null,
      });
      break;
    }
    case "KeyDelivered":
      requests.setDelivered(ids.number(event.request), event.keyDigest);
      break;
    case "AccessAcknowledged":
      requests.setState(ids.number(event.request), "acknowledged");
      break;
    case "AccessDisputed": {
      const request = ids.number(event.request);
      const parties = requests.parties(request);
      requests.setState(request, "disputed");
      // A dispute of an emergency is recorded and opens no second review; of any other request it puts the other side under review.
      if (parties !== null && !parties.emergency) requests.setReview(request, "pending", event.by === parties.requester ? parties.custodian : parties.requester);
      break;
    }
    case "RequestExpired":
      requests.setState(ids.number(event.request), "expired");
      break;
    case "AccessReviewed":
      requests.setReview(ids.number(event.request), event.justified ? "justified" : "notJustified", event.accused);
      break;
    case "CreditChanged":
      credits.set(event.subject, event.score);
      break;
    case "MemberNodesChanged":
      members.change(event.member, () => ({ nodes: event.nodes }));
      break;
    case "LogAnchored":
    case "CreditTierChanged":
    case "ConsortiumNotice":
    case "Unknown":
      break;
    default:
      event satisfies never;
  }
}
