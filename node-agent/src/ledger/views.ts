import { fault } from "../model/fault.ts";
import { type Address, address, type MemberId, memberId, type RequestId, type StudyId } from "../model/ids.ts";
import {
  type ConsentView,
  type CreditView,
  denialReasons,
  type MemberStatus,
  type MemberView,
  type RequestView,
  requestStates,
  reviewStates,
  type StudyStatus,
  type StudyView,
} from "../model/ledger-views.ts";
import { purposesOf } from "../model/purpose.ts";
import { decodeResult, encodeCall } from "./abi-codec.ts";
import type { ContractAddresses, ContractName, FunctionOf } from "./contracts.ts";
import { consentClasses, memberKinds, nodeOf, profileOf, tiers } from "./facts.ts";
import { createRevertNamer, isRevert, revertData } from "./revert.ts";
import type { Rpc, RpcReply } from "./rpc.ts";
import { type AbiRecord, asAccount, asBigint, asBytes32, asFlag, asList, asMember, asMemberOrNull, asNamed, asNumber, asPurpose, asRecord, asStudy, subjectKey } from "./values.ts";

const memberStatuses: readonly MemberStatus[] = ["active", "suspended", "expelled"];
const studyStatuses: readonly StudyStatus[] = ["active", "withdrawn"];
const nobody: Address = address(`0x${"0".repeat(40)}`);

type Question<Name extends ContractName> = { readonly contract: Name; readonly name: FunctionOf<Name>; readonly args: readonly unknown[] };
const question = <Name extends ContractName>(contract: Name, name: FunctionOf<Name>, args: readonly unknown[]): Question<Name> => ({ contract, name, args });

/** The chain's present state by eth_call at the latest block; null where it knows no such thing. */
export type Views = {
  member(id: MemberId): Promise<MemberView | null>;
  members(): Promise<MemberView[]>;
  study(id: StudyId): Promise<StudyView | null>;
  consent(study: StudyId, grantee: MemberId): Promise<ConsentView | null>;
  consentNonce(study: StudyId, grantee: MemberId): Promise<bigint>;
  request(id: RequestId): Promise<RequestView | null>;
  credit(subject: MemberId | Address): Promise<CreditView>;
};

export function createViews(rpc: Rpc, contracts: ContractAddresses): Views {
  const nameRevert = createRevertNamer();

  const callOf = <Name extends ContractName>({ contract, name, args }: Question<Name>) => ({
    method: "eth_call",
    params: [{ to: contracts[contract], data: encodeCall(contract, name, args) }, "latest"],
  });

  /** Decoded answer; null when the contract raised `absent`. */
  function answerOf<Name extends ContractName>({ contract, name }: Question<Name>, reply: RpcReply | undefined, absent: string | null): AbiRecord | null {
    if (reply === undefined) throw fault("LEDGER_BAD_ANSWER", { method: "eth_call", reason: "no answer" });
    if ("error" in reply) {
      if (absent !== null && isRevert(reply.error) && nameRevert(revertData(reply.error.data)) === absent) return null;
      throw fault("LEDGER_RPC_ERROR", { method: "eth_call", rpcCode: reply.error.code, reason: `${String(name)}: ${reply.error.message}` });
    }
    try {
      return decodeResult(contract, name, String(reply.result));
    } catch (error) {
      throw fault("LEDGER_BAD_ANSWER", { method: "eth_call", reason: `the answer of ${String(name)} has another form` }, error);
    }
  }

  async function read<Name extends ContractName>(contract: Name, name: FunctionOf<Name>, args: readonly unknown[]): Promise<AbiRecord> {
    const one = question(contract, name, args);
    const { method, params } = callOf(one);
    return answerOf(one, await rpc.ask(method, params), null) as AbiRecord;
  }

  async function membersOf(ids: readonly MemberId[]): Promise<(MemberView | null)[]> {
    const questions = ids.flatMap((id) => (["member", "operators", "profile", "nodes"] as const).map((name) => question("memberRegistry", name, [id])));
    const replies = await rpc.askAll(questions.map(callOf));
    const answers = questions.map((one, i) => answerOf(one, replies[i], "MemberUnknown"));
    return ids.map((id, i) => {
      const [member, operators, profile, nodes] = answers.slice(4 * i, 4 * i + 4);
      if (!member || !operators || !profile || !nodes) return null;
      const { kind, status, governor } = asRecord(member[0]);
      return {
        id,
        kind: asNamed(memberKinds, kind, 1),
        status: asNamed(memberStatuses, status, 1),
        governor: asAccount(governor),
        operators: asList(operators[0]).map(asAccount),
        profile: profileOf(profile[0]),
        nodes: asList(nodes[0]).map(nodeOf),
      };
    });
  }

  return {
    async member(id) {
      return (await membersOf([id]))[0] ?? null;
    },
    async members() {
      const count = asNumber((await read("memberRegistry", "memberCount", []))[0]);
      const found = await membersOf(Array.from({ length: count }, (_, i) => memberId(i + 1)));
      return found.filter((member) => member !== null);
    },
    async study(id) {
      const { custodian, patient, root, version, status, registeredAt } = asRecord((await read("studyRegistry", "study", [id]))[0]);
      if (asNumber(status) === 0) return null;
      return {
        id,
        custodian: asMember(custodian),
        patient: asAccount(patient),
        root: asBytes32(root),
        version: asNumber(version),
        status: asNamed(studyStatuses, status, 1),
        registeredAt: asNumber(registeredAt),
      };
    },
    async consent(study, grantee) {
      const { notBefore, expiry, purposes, class: given, creditAccount } = asRecord((await read("consentRegistry", "consent", [study, grantee]))[0]);
      // Class 0 was never given, 3 is revoked: neither is a consent.
      if (asNumber(given) === 0 || asNumber(given) === 3) return null;
      return {
        study,
        grantee,
        purposes: purposesOf(asNumber(purposes)),
        notBefore: asNumber(notBefore),
        expiry: asNumber(expiry),
        class: asNamed(consentClasses, given, 1),
        creditAccount: asAccount(creditAccount),
      };
    },
    async consentNonce(study, grantee) {
      return asBigint((await read("consentRegistry", "nonce", [study, grantee]))[0]);
    },
    async request(id) {
      const given = asRecord((await read("accessLedger", "accessRequest", [id]))[0]);
      const { studyId, requester, custodian, purpose, reason, state, review, accused, requestedAt, dueBy } = given;
      if (asNumber(state) === 0) return null;
      const study = asStudy(studyId);
      const { patient } = asNumber(custodian) === 0 ? { patient: nobody } : await read("studyRegistry", "parties", [study]);
      const code = asPurpose(purpose);
      return {
        id,
        study,
        requester: asMember(requester),
        custodian: asMember(custodian),
        patient: asAccount(patient),
        purpose: code,
        state: asNamed(requestStates, state, 1),
        reason: asNamed(denialReasons, reason),
        emergency: code === "ETREAT",
        review: asNamed(reviewStates, review),
        requestedAt: asNumber(requestedAt),
        dueBy: asNumber(dueBy),
        accused: asMemberOrNull(accused),
        keyDigest: null,
      };
    },
    async credit(subject) {
      const { score, counterparties, gateOpen, tier } = asRecord((await read("creditLedger", "credit", [subjectKey(subject)]))[0]);
      return { subject, score: asNumber(score), counterparties: asNumber(counterparties), gateOpen: asFlag(gateOpen), tier: asNamed(tiers, tier) };
    },
  };
}
