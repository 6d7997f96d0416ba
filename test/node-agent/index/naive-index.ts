import type { Address, MemberId, RequestId, StudyId } from "../../../node-agent/src/model/ids.ts";
import type { LedgerEvent } from "../../../node-agent/src/model/ledger-events.ts";
import type { ConsentView, MemberView, RequestView, StudyView } from "../../../node-agent/src/model/ledger-views.ts";
import type { LedgerIndex } from "../../../node-agent/src/ports/ledger-index.ts";

type Listed = { readonly event: LedgerEvent; readonly patient: Address | null; readonly members: ReadonlySet<number> };
type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** The ledger index told again with maps and loops, to compare with. Written from the port's words and the contracts, not from the SQL. */
export class NaiveIndex {
  readonly listed: Listed[] = [];
  readonly members = new Map<MemberId, Mutable<MemberView>>();
  readonly studies = new Map<StudyId, Mutable<StudyView>>();
  readonly consents = new Map<string, ConsentView | "revoked">();
  readonly requests = new Map<RequestId, Mutable<RequestView>>();
  readonly credit = new Map<string, number>();
  /** Ids in order of first appearance: the order of listings. */
  readonly appeared: string[] = [];

  apply(event: LedgerEvent): void {
    if ("study" in event && !this.appeared.includes(event.study)) this.appeared.push(event.study);
    if ("request" in event && !this.appeared.includes(event.request)) this.appeared.push(event.request);
    this.#change(event);
    const study = "study" in event ? this.studies.get(event.study) : undefined;
    const request = "request" in event ? this.requests.get(event.request) : undefined;
    let patient: Address | null = "patient" in event ? event.patient : (study?.patient ?? null);
    const members = new Set<number>();
    for (const name of ["member", "custodian", "requester", "grantee", "relayer", "by", "accused", "counterparty", "subject"]) {
      const value = (event as unknown as Record<string, unknown>)[name];
      if (typeof value === "number") members.add(value);
    }
    if ("subject" in event && typeof event.subject === "string") patient = event.subject;
    if (event.kind === "AccessDisputed" || event.kind === "AccessReviewed")
      for (const party of [request?.requester, request?.custodian]) if (party !== undefined) members.add(party);
    if ((event.kind === "ConsentGranted" || event.kind === "ConsentRevoked") && study !== undefined) members.add(study.custodian);
    this.listed.push({ event, patient, members });
  }

  #change(event: LedgerEvent): void {
    const member = "member" in event ? this.members.get(event.member) : undefined;
    const request = "request" in event ? this.requests.get(event.request) : undefined;
    const study = "study" in event ? this.studies.get(event.study) : undefined;
    if (event.kind === "MemberAdmitted")
      this.members.set(event.member, { id: event.member, kind: event.memberKind, status: "active", governor: event.governor, operators: event.operators, profile: event.profile, nodes: [] });
    if (event.kind === "MemberStatusChanged" && member) member.status = event.status;
    if (event.kind === "MemberProfileChanged" && member) member.profile = event.profile;
    if (event.kind === "MemberNodesChanged" && member) member.nodes = event.nodes;
    if (event.kind === "GovernorReplaced" && member) member.governor = event.governor;
    if (event.kind === "OperatorAdded" && member && !member.operators.includes(event.operator)) member.operators = [...member.operators, event.operator];
    if (event.kind === "OperatorRemoved" && member) member.operators = member.operators.filter((one) => one !== event.operator);
    if (event.kind === "StudyRegistered")
      this.studies.set(event.study, { id: event.study, custodian: event.custodian, patient: event.patient, root: event.root, version: 1, status: "active", registeredAt: event.timestamp });
    if (event.kind === "StudySuperseded" && study) Object.assign(study, { root: event.root, version: event.version });
    if (event.kind === "StudyWithdrawn" && study) study.status = "withdrawn";
    if (event.kind === "ConsentGranted") {
      const { study: of, grantee, purposes, notBefore, expiry, class: given, creditAccount } = event;
      this.consents.set(`${of} ${grantee}`, { study: of, grantee, purposes, notBefore, expiry, class: given, creditAccount });
    }
    if (event.kind === "ConsentRevoked") this.consents.set(`${event.study} ${event.grantee}`, "revoked");
    if (event.kind === "AccessRequested") {
      const { request: id, study: of, requester, custodian, patient, purpose, granted, reason, emergency, dueBy, timestamp: requestedAt } = event;
      const reviewed = granted && emergency;
      const state = granted ? "granted" : "denied";
      const decided = { state, reason, emergency, review: reviewed ? "pending" : "none", accused: reviewed ? requester : null } as const;
      this.requests.set(id, { id, study: of, requester, custodian, patient, purpose, requestedAt, dueBy, keyDigest: null, ...decided });
    }
    if (event.kind === "CreditChanged") this.credit.set(String(event.subject), event.score);
    if (!request) return;
    if (event.kind === "KeyDelivered") Object.assign(request, { state: "delivered", keyDigest: event.keyDigest });
    if (event.kind === "AccessAcknowledged") request.state = "acknowledged";
    if (event.kind === "RequestExpired") request.state = "expired";
    if (event.kind === "AccessDisputed") {
      request.state = "disputed";
      if (!request.emergency) Object.assign(request, { review: "pending", accused: event.by === request.requester ? request.custodian : request.requester });
    }
    if (event.kind === "AccessReviewed") Object.assign(request, { review: event.justified ? "justified" : "notJustified", accused: event.accused });
  }

  history(query: Parameters<LedgerIndex["history"]>[0]): LedgerEvent[] {
    const after = (event: LedgerEvent): boolean => {
      if (query.before === undefined) return true;
      const order = event.block - query.before.block || event.logIndex - query.before.logIndex;
      return query.ascending === true ? order > 0 : order < 0;
    };
    const found = this.listed.filter(
      ({ event, patient, members }) =>
        after(event) &&
        (query.study === undefined || ("study" in event && event.study === query.study)) &&
        (query.request === undefined || ("request" in event && event.request === query.request)) &&
        (query.member === undefined || members.has(query.member)) &&
        (query.patients === undefined || (patient !== null && query.patients.includes(patient))) &&
        (query.kinds === undefined || query.kinds.includes(event.kind)),
    );
    const events = found.map(({ event }) => event);
    return query.ascending === true ? events : events.reverse();
  }

  consentFor(study: StudyId, grantee: MemberId, purpose: RequestView["purpose"], at: number): ConsentView | null {
    const own = this.consents.get(`${study} ${grantee}`);
    if (own === "revoked") return null;
    for (const view of [own, this.consents.get(`${study} 0`)])
      if (view !== undefined && view !== "revoked" && view.notBefore <= at && at < view.expiry && view.purposes.includes(purpose)) return view;
    return null;
  }
}
