import { getAddress } from "viem";
import type { RequestView } from "../support/access.ts";
import type { CreditView } from "../support/world.ts";
import { epochSeconds, raw, score, settle } from "./credit.ts";
import { requestId, root, studyId, type ModelWorld } from "./drive.ts";
import { bookOf, reasonNumber, type Model } from "./model.ts";
import { sizes } from "./operations.ts";

const places = { state: ["None", "Denied", "Granted", "Delivered", "Acknowledged", "Disputed", "Expired"], review: ["None", "Pending", "Justified", "Unjustified"], status: ["None", "Active", "Suspended", "Expelled"], consent: ["None", "Signed", "Attested", "Revoked"] };

/** Everything that the contracts can be asked, as the chain says it and as the model says it, under the same names. */
export async function wholeState(world: ModelWorld, model: Model): Promise<{ chain: Record<string, unknown>; model: Record<string, unknown> }> {
  const [chain, said]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
  const { members, studies, consents, access, credit } = world;
  const set = (name: string, there: unknown, here: unknown) => {
    chain[name] = there;
    said[name] = here;
  };
  await world.sleep(1);
  const now = await world.now();

  let votes = 0n;
  for (const [id, { hospital, status, governor }] of model.members) {
    const there = await world.read<{ kind: number; status: number; governor: string }>(members, "member", [id]);
    set(`member ${id}`, [there.kind, there.status, there.governor], [hospital ? 1 : 2, places.status.indexOf(status), getAddress(world.addressOf(governor))]);
    const vote = hospital && status === "Active" ? 1n : 0n;
    votes += vote;
    set(`vote of ${id}`, await world.read(members, "getVotes", [world.addressOf(governor)]), vote);
    if (id < 5) set(`hospital of operator ${id}`, await world.read(members, "hospitalOf", [world.operator(id)]), vote === 1n ? id : 0);
  }
  for (const governor of model.formerGovernors) set(`vote of former ${governor}`, await world.read(members, "getVotes", [world.addressOf(governor)]), 0n);
  set("all votes", await world.read(members, "getPastTotalSupply", [now - 1]), votes);
  set("epoch of members", await world.read(members, "epoch"), BigInt(model.epoch));

  for (let study = 0; study < sizes.studies; study++) {
    const kept = model.studies.get(study);
    const there = await world.read<{ custodian: number; patient: string; root: string; version: number; status: number; registeredAt: number }>(studies, "study", [studyId(study)]);
    const here = kept === undefined ? [0, getAddress(world.addressOf("-")), root(0), 0, 0, 0] : [kept.custodian, getAddress(world.addressOf(`p${kept.patient}`)), root(kept.root), kept.version, kept.withdrawn ? 2 : 1, kept.at];
    set(`study ${study}`, [there.custodian, there.patient, there.root, there.version, there.status, there.registeredAt], here);
    for (let grantee = 0; grantee <= 4; grantee++) {
      const given = model.consents.get(`${study}/${grantee}`);
      const grant = await world.read<{ notBefore: number; expiry: number; purposes: number; class: number; creditAccount: string; nonce: bigint }>(consents, "consent", [studyId(study), grantee]);
      const nonce = BigInt(model.nonces.get(`${study}/${grantee}`) ?? 0);
      const fields = [given?.from ?? 0, given?.to ?? 0, given?.purposes ?? 0, places.consent.indexOf(given?.class ?? "None"), getAddress(world.addressOf(`a${given?.account ?? 0}`)), nonce];
      set(`consent ${study} to ${grantee}`, [grant.notBefore, grant.expiry, grant.purposes, grant.class, getAddress(grant.creditAccount), grant.nonce], fields);
    }
  }

  for (let request = 0; request < sizes.requests; request++) {
    const kept = model.requests.get(request);
    const there = await world.read<RequestView>(access, "accessRequest", [requestId(request)]);
    const fields = [there.requester, there.custodian, there.purpose, there.reason, there.state, there.review, there.accused, there.requestedAt, there.dueBy, getAddress(there.creditAccount)];
    const accused = kept === undefined || kept.review === "None" ? 0 : kept.custodianAccused ? kept.custodian : kept.requester;
    const here = kept === undefined
      ? [0, 0, 0, 0, 0, 0, 0, 0, 0, getAddress(world.addressOf("-"))]
      : [kept.requester, kept.custodian, kept.purpose, reasonNumber(kept.reason), places.state.indexOf(kept.state), places.review.indexOf(kept.review), accused, kept.at, kept.dueBy, getAddress(world.addressOf(kept.account === "" ? "-" : kept.account))];
    set(`request ${request}`, fields, here);
  }

  for (let id = 1; id <= 4; id++) {
    const last = model.anchors.get(id) ?? { root: 0, size: 0 };
    const [digest, size] = await world.read<[string, bigint]>(access, "anchor", [id]);
    set(`anchor ${id}`, [digest, size], [root(last.root), BigInt(last.size)]);
  }
  const epoch = Math.floor(now / epochSeconds);
  for (const subject of ["m1", "m2", "m3", "m4", "a1", "a2", "p0", "p1", "p2", "p3"]) {
    const id = subject.startsWith("m") ? world.member(Number(subject.slice(1))) : world.account(world.addressOf(subject));
    const there = await world.read<CreditView>(credit, "credit", [id]);
    const book = structuredClone(bookOf(model, subject));
    // The engine may date the question a second later than its last block.
    settle(book, there.epoch === epoch + 1 ? epoch + 1 : epoch);
    set(
      `credit of ${subject}`,
      [there.raw, there.score, there.epoch, there.counterparties, there.tier, there.gateOpen, there.earned, there.researchUsed, there.operationsUsed, there.openRequests],
      [raw(book), score(book), book.epoch, book.counterparties.size, book.tier, book.tier > 0, book.earned, book.research, book.operations, book.open],
    );
  }
  for (const [index, contract] of world.list.entries()) set(`brake ${index}`, await world.read(contract, "writesPaused"), model.paused.has(index));
  return { chain, model: said };
}
