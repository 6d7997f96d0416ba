import { epochSeconds, newBook, penalise, reward, rules, score, settle, type Book } from "./credit.ts";
import { due, sizes, type Operation } from "./operations.ts";

/** Names of Reason, RequestState and ReviewState in the order of the interfaces; the numbers are their places. */
const reasons = ["None", "UnknownStudy", "StudyWithdrawn", "NoConsent", "ConsentRevoked", "ConsentNotYetValid", "ConsentExpired", "PurposeNotCovered", "CreditTooLow", "QuotaExceeded", "OpenRequestLimit", "CustodianInactive", "RequesterInactive"] as const;
export type Reason = (typeof reasons)[number];
export const reasonNumber = (reason: Reason): number => reasons.indexOf(reason);

type Member = { readonly hospital: boolean; status: "Active" | "Suspended" | "Expelled"; governor: string };
type Study = { readonly custodian: number; readonly patient: number; root: number; version: number; withdrawn: boolean; readonly at: number };
type Consent = { readonly class: "Signed" | "Attested" | "Revoked"; readonly from: number; readonly to: number; readonly purposes: number; readonly account: number };
type Request = {
  readonly study: number;
  readonly requester: number;
  readonly custodian: number;
  readonly purpose: number;
  readonly reason: Reason;
  state: "Denied" | "Granted" | "Delivered" | "Acknowledged" | "Disputed" | "Expired";
  review: "None" | "Pending" | "Justified" | "Unjustified";
  custodianAccused: boolean;
  readonly at: number;
  readonly dueBy: number;
  account: string;
};

/** What five contracts know, as a hospital's clerk would keep it. Accounts: "" nobody, "a1", "a2" credit accounts, "p0".. patients. */
export type Model = ReturnType<typeof newModel>;
export function newModel() {
  return {
    members: new Map<number, Member>([1, 2, 3, 4, 5].map((id) => [id, { hospital: id < 5, status: "Active" as Member["status"], governor: `g${id}` }])),
    formerGovernors: new Set<string>(),
    epoch: 5,
    studies: new Map<number, Study>(),
    patientsUsed: new Set<number>(),
    consents: new Map<string, Consent>(),
    nonces: new Map<string, number>(),
    requests: new Map<number, Request>(),
    anchors: new Map<number, { root: number; size: number }>(),
    books: new Map<string, Book>(),
    paused: new Set<number>(),
  };
}

export const contracts = { members: 0, studies: 1, consents: 2, access: 3, credit: 4 } as const;
const [TREAT, PATRQT, ETREAT] = [0, 1, 6];
export const terms = { signed: 5 * 365 * 86_400, attested: 180 * 86_400, delivery: 86_400, emergency: 900 } as const;
const purposeKinds = { research: new Set([2, 3]) };

class Refusal extends Error {}
const refuse = (name: string): never => {
  throw new Refusal(name);
};

export function bookOf(model: Model, subject: string): Book {
  const book = model.books.get(subject) ?? newBook();
  model.books.set(subject, book);
  return book;
}

/** The operation with its `due` actor and request filled in: what somebody who knows the state would do next. */
export function resolved<T extends Operation>(model: Model, operation: T): T {
  const first = (...states: readonly string[]) => [...model.requests].find(([, { state, review }]) => states.includes(state) || states.includes(review))?.[0];
  if ("contract" in operation && operation.contract === due) return { ...operation, contract: [...model.paused][0] ?? contracts.studies };
  if ("member" in operation && operation.member === due) return { ...operation, member: [...model.members].find(([, { status }]) => status === "Suspended")?.[0] ?? 2 };
  const wanted: Partial<Record<Operation["op"], number | undefined>> = {
    deliver: first("Granted"),
    expire: first("Granted"),
    acknowledge: first("Delivered"),
    dispute: first("Delivered", "Acknowledged"),
    review: first("Pending"),
  };
  const request = "request" in operation && operation.request === due ? (wanted[operation.op] ?? 0) : undefined;
  const found = request === undefined ? operation : { ...operation, request };
  if (!("by" in found) || found.by !== due) return found;
  const study = "study" in found ? model.studies.get(found.study) : undefined;
  const asked = "request" in found ? model.requests.get(found.request) : undefined;
  const grantees = "study" in found ? [1, 2, 3, 4].filter((id) => id !== study?.custodian && model.consents.get(`${found.study}/${id}`)?.class !== undefined) : [];
  const actors: Partial<Record<Operation["op"], number | undefined>> = {
    request: grantees.at(-1) ?? (study?.custodian === 1 ? 2 : 1),
    deliver: asked?.custodian,
    acknowledge: asked?.requester,
    dispute: asked?.state === "Acknowledged" ? asked.custodian : asked?.requester,
  };
  return { ...found, by: actors[found.op] ?? study?.custodian ?? 1 };
}

/** Does an operation at a moment (seconds). Gives "" when it goes through, or the name of the error. Nothing changes on an error. */
export function apply(model: Model, operation: Operation, now: number): string {
  const before = structuredClone(model);
  try {
    perform(model, operation, now);
    return "";
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    Object.assign(model, before);
    return error.message;
  }
}

function perform(model: Model, step: Operation, now: number): void {
  const epoch = Math.floor(now / epochSeconds);
  const active = (id: number) => model.members.get(id)?.hospital === true && model.members.get(id)?.status === "Active";
  const writing = (contract: number) => model.paused.has(contract) && refuse("WritesArePaused");
  const caller = (by: number) => (active(by) ? by : refuse("CallerNotActiveHospital"));
  const member = (id: number) => model.members.get(id) ?? refuse("MemberUnknown");
  const known = (id: number) => model.requests.get(id) ?? refuse("RequestUnknown");
  const expect = (id: number, state: Request["state"]) => (known(id).state === state ? known(id) : refuse("RequestStateUnexpected"));
  const slot = (study: number, grantee: number) => `${study}/${grantee}`;
  const nonceOf = (study: number, grantee: number) => model.nonces.get(slot(study, grantee)) ?? 0;
  const book = (subject: string) => bookOf(model, subject);

  function grantable(purposes: number, from: number, to: number, longest: number): void {
    if (purposes === 0 || purposes > 63) refuse("PurposesInvalid");
    if (from >= to || to <= now) refuse("WindowInvalid");
    if (to - now > longest) refuse("TermTooLong");
  }

  function judged(consent: Consent | undefined, purpose: number, moment: number): Reason {
    if (consent === undefined) return "NoConsent";
    if (consent.class === "Revoked") return "ConsentRevoked";
    if (moment < consent.from) return "ConsentNotYetValid";
    if (moment >= consent.to) return "ConsentExpired";
    return (consent.purposes >> purpose) & 1 ? "None" : "PurposeNotCovered";
  }

  function check(study: number, grantee: number, purpose: number, moment: number): [Reason, number] {
    const own = model.consents.get(slot(study, grantee));
    const reason = judged(own, purpose, moment);
    if (reason === "None") return [reason, own?.account ?? 0];
    if (own?.class === "Revoked") return [reason, 0];
    const anyones = model.consents.get(slot(study, 0));
    const general = judged(anyones, purpose, moment);
    if (general === "None") return [general, anyones?.account ?? 0];
    return [own === undefined ? general : reason, 0];
  }

  function creditAnswers(requester: number, account: string, purpose: number): Reason {
    if (purpose === PATRQT) {
      writing(contracts.credit);
      const record = book(account);
      settle(record, epoch);
      const limits = [rules.openBronze, rules.openSilver, rules.openGold];
      if (record.open >= (limits[record.tier] ?? 0)) return "OpenRequestLimit";
      record.open += 1;
      return "None";
    }
    const record = book(`m${requester}`);
    const looked = structuredClone(record);
    settle(looked, epoch);
    if (score(looked) < rules.treatFloor) return "CreditTooLow";
    if (purpose === TREAT) return "None";
    writing(contracts.credit);
    const research = purposeKinds.research.has(purpose);
    const open = looked.tier > 0;
    const limit = research ? (open ? rules.researchOpen : rules.researchShut) : open ? rules.operationsOpen : rules.operationsShut;
    if (limit === 0) return "CreditTooLow";
    if ((research ? looked.research : looked.operations) >= limit) return "QuotaExceeded";
    settle(record, epoch);
    if (research) record.research += 1;
    else record.operations += 1;
    return "None";
  }

  function decide(study: number, requester: number, purpose: number): [Reason, string] {
    const kept = model.studies.get(study);
    if (kept === undefined) return ["UnknownStudy", ""];
    if (kept.withdrawn) return ["StudyWithdrawn", ""];
    if (purpose === ETREAT) return ["None", ""];
    if (!active(kept.custodian)) return ["CustodianInactive", ""];
    const [reason, account] = check(study, requester, purpose, now);
    if (reason !== "None") return [reason, ""];
    const named = account === 0 ? "" : `a${account}`;
    return [creditAnswers(requester, named === "" ? `p${kept.patient}` : named, purpose), named];
  }

  function obstacle(request: Request, moment: number): [Reason, number] {
    if (!active(request.requester)) return ["RequesterInactive", 0];
    if (request.purpose === ETREAT) return ["None", 0];
    if (model.studies.get(request.study)?.withdrawn !== false) return ["StudyWithdrawn", 0];
    return check(request.study, request.requester, request.purpose, moment);
  }

  function closeOpinion(request: Request): void {
    if (request.purpose !== PATRQT) return;
    writing(contracts.credit);
    book(request.account === "" ? `p${model.studies.get(request.study)?.patient}` : request.account).open -= 1;
  }

  switch (step.op) {
    case "register": {
      writing(contracts.studies);
      const custodian = caller(step.by);
      if (step.study === sizes.studies || step.root === 0) refuse("StudyMalformed");
      if (model.studies.has(step.study)) refuse("StudyExists");
      if (model.patientsUsed.has(step.patient)) refuse("PatientAddressReused");
      model.patientsUsed.add(step.patient);
      model.studies.set(step.study, { custodian, patient: step.patient, root: step.root, version: 1, withdrawn: false, at: now });
      return;
    }
    case "supersede":
    case "withdraw": {
      if (step.op === "supersede") writing(contracts.studies);
      const study = model.studies.get(step.study) ?? refuse("StudyUnknown");
      if (study.custodian !== caller(step.by)) refuse("CallerNotCustodian");
      if (study.withdrawn) refuse("StudyNotActive");
      if (step.op === "withdraw") {
        study.withdrawn = true;
        return;
      }
      if (study.version !== step.version) refuse("VersionUnexpected");
      if (step.root === 0) refuse("StudyMalformed");
      if (study.root === step.root) refuse("RootUnchanged");
      Object.assign(study, { version: study.version + 1, root: step.root });
      return;
    }
    case "grant":
    case "revoke": {
      if (step.op === "grant") writing(contracts.consents);
      caller(step.by);
      const study = model.studies.get(step.study);
      if (study === undefined || (step.op === "grant" && study.withdrawn)) refuse("StudyNotOffered");
      const used = nonceOf(step.study, step.grantee);
      if (step.nonce !== 0) refuse("NonceUnexpected");
      if (step.op === "grant") grantable(step.purposes, now + step.from, now + step.to, terms.signed);
      if (step.key !== 0) refuse("SignatureInvalid");
      model.nonces.set(slot(step.study, step.grantee), used + 1);
      const given: Consent = step.op === "grant"
        ? { class: "Signed", from: now + step.from, to: now + step.to, purposes: step.purposes, account: step.account }
        : { class: "Revoked", from: 0, to: 0, purposes: 0, account: 0 };
      model.consents.set(slot(step.study, step.grantee), given);
      return;
    }
    case "attest": {
      writing(contracts.consents);
      const study = model.studies.get(step.study) ?? refuse("StudyNotOffered");
      if (study.withdrawn) refuse("StudyNotOffered");
      if (study.custodian !== caller(step.by)) refuse("CallerNotCustodian");
      const standing = model.consents.get(slot(step.study, step.grantee));
      if (standing?.class === "Signed" && standing.to > now) refuse("SignedConsentStands");
      grantable(step.purposes, now + step.from, now + step.to, terms.attested);
      model.consents.set(slot(step.study, step.grantee), { class: "Attested", from: now + step.from, to: now + step.to, purposes: step.purposes, account: 0 });
      return;
    }
    case "withdrawAttestation": {
      const study = model.studies.get(step.study) ?? refuse("CallerNotCustodian");
      if (study.custodian !== caller(step.by)) refuse("CallerNotCustodian");
      if (model.consents.get(slot(step.study, step.grantee))?.class !== "Attested") refuse("AttestationMissing");
      model.consents.set(slot(step.study, step.grantee), { class: "Revoked", from: 0, to: 0, purposes: 0, account: 0 });
      return;
    }
    case "request": {
      writing(contracts.access);
      const requester = caller(step.by);
      if (step.purpose > ETREAT) refuse("PurposeUnknown");
      const before = model.requests.get(step.request);
      if (before !== undefined) {
        const same = before.requester === requester && before.study === step.study && before.purpose === step.purpose;
        if (!same) refuse("RequestIdTaken");
        return;
      }
      const custodian = model.studies.get(step.study)?.custodian ?? 0;
      if (custodian === requester) refuse("OwnStudy");
      const [reason, account] = decide(step.study, requester, step.purpose);
      const granted = reason === "None";
      const emergency = step.purpose === ETREAT;
      model.requests.set(step.request, {
        study: step.study,
        requester,
        custodian,
        purpose: step.purpose,
        reason,
        state: granted ? "Granted" : "Denied",
        review: granted && emergency ? "Pending" : "None",
        custodianAccused: false,
        at: now,
        dueBy: granted ? now + (emergency ? terms.emergency : terms.delivery) : 0,
        account: granted && step.purpose === PATRQT ? account : "",
      });
      return;
    }
    case "deliver": {
      writing(contracts.access);
      const request = expect(step.request, "Granted");
      if (caller(step.by) !== request.custodian) refuse("CallerNotParty");
      if (step.digest === 0) refuse("DigestMissing");
      const [reason, account] = obstacle(request, now);
      if (reason !== "None") refuse("ConsentLapsed");
      if (account !== 0 && request.purpose !== PATRQT) request.account = `a${account}`;
      request.state = "Delivered";
      return;
    }
    case "acknowledge": {
      writing(contracts.access);
      const request = expect(step.request, "Delivered");
      if (caller(step.by) !== request.requester) refuse("CallerNotParty");
      if (step.digest === 0) refuse("DigestMissing");
      request.state = "Acknowledged";
      writing(contracts.credit);
      reward(book(`m${request.custodian}`), `m${request.requester}`, epoch);
      if (request.account !== "") reward(book(request.account), `m${request.requester}`, epoch);
      closeOpinion(request);
      return;
    }
    case "dispute": {
      writing(contracts.access);
      const request = known(step.request);
      const by = caller(step.by);
      const byRequester = by === request.requester;
      if (!byRequester && by !== request.custodian) refuse("CallerNotParty");
      const delivered = request.state === "Delivered";
      if (!delivered && !(request.state === "Acknowledged" && !byRequester)) refuse("RequestStateUnexpected");
      request.state = "Disputed";
      if (request.purpose !== ETREAT) Object.assign(request, { review: "Pending", custodianAccused: byRequester });
      if (delivered) closeOpinion(request);
      return;
    }
    case "expire": {
      writing(contracts.access);
      caller(step.by);
      const request = expect(step.request, "Granted");
      if (now <= request.dueBy) refuse("NotYetDue");
      const penalised = obstacle(request, request.dueBy)[0] === "None" && active(request.custodian);
      request.state = "Expired";
      if (penalised) {
        writing(contracts.credit);
        penalise(book(`m${request.custodian}`), rules.missedPenalty, epoch);
      }
      closeOpinion(request);
      return;
    }
    case "review": {
      if (!step.reviewer) refuse("AccessManagedUnauthorized");
      writing(contracts.access);
      const request = known(step.request);
      if (request.review !== "Pending") refuse("ReviewNotPending");
      request.review = step.justified ? "Justified" : "Unjustified";
      if (step.justified) return;
      writing(contracts.credit);
      penalise(book(`m${request.custodianAccused ? request.custodian : request.requester}`), rules.misusePenalty, epoch);
      return;
    }
    case "anchor": {
      writing(contracts.access);
      const id = caller(step.by);
      const last = model.anchors.get(id) ?? { root: 0, size: 0 };
      if (step.detached || step.root === 0 || step.more === 0) refuse("AnchorDetached");
      model.anchors.set(id, { root: step.root, size: last.size + step.more });
      return;
    }
    case "suspend":
    case "reinstate":
    case "expel": {
      if (!step.council) refuse("AccessManagedUnauthorized");
      if (step.op === "reinstate") writing(contracts.members);
      const found = member(step.member);
      const right = step.op === "suspend" ? found.status === "Active" : step.op === "reinstate" ? found.status === "Suspended" : found.status !== "Expelled";
      if (!right) refuse("MemberStatusUnexpected");
      found.status = step.op === "suspend" ? "Suspended" : step.op === "reinstate" ? "Active" : "Expelled";
      model.epoch += 1;
      return;
    }
    case "replaceGovernor": {
      if (!step.council) refuse("AccessManagedUnauthorized");
      const found = member(step.member);
      if (found.status === "Expelled") refuse("MemberStatusUnexpected");
      const next = `n${step.key}`;
      if (model.formerGovernors.has(next) || [...model.members.values()].some(({ governor }) => governor === next)) refuse("AddressTaken");
      model.formerGovernors.add(found.governor);
      found.governor = next;
      model.epoch += 1;
      return;
    }
    case "pause":
    case "resume": {
      if (!step.right) refuse("AccessManagedUnauthorized");
      const stop = step.op === "pause";
      if (model.paused.has(step.contract) === stop) refuse("PauseUnchanged");
      if (stop) model.paused.add(step.contract);
      else model.paused.delete(step.contract);
    }
  }
}
