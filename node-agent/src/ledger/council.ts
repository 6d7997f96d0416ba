import { fault } from "../model/fault.ts";
import { type CouncilRules, proposalStates, type ProposalStanding } from "../model/governance.ts";
import { address, type Address } from "../model/ids.ts";
import type { Council } from "../ports/council.ts";
import { decodeResult, encodeCall } from "./abi-codec.ts";
import { parseQuantity } from "./block.ts";
import { type ContractAddresses, type ContractName, type FunctionOf, placesOf } from "./contracts.ts";
import { ballotOf, councilCall, proposalIdOf } from "./council-calldata.ts";
import { createGuardians } from "./guardians.ts";
import { createRelay } from "./council-relay.ts";
import { knownCode } from "./known-code.generated.ts";
import { createCallDecoder, recordOf } from "./decode-call.ts";
import { createPreflight } from "./preflight.ts";
import { recogniseCode } from "./recognise-code.ts";
import { createRevertNamer, isRevert, revertData } from "./revert.ts";
import type { Rpc, RpcReply } from "./rpc.ts";
import { type AbiRecord, type AbiValue, asBigint, asFlag, asNamed, asNumber, asRecord } from "./values.ts";

/** Slot of the code behind a proxy (ERC-1967). */
const implementationSlot = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc";

export type CouncilOptions = { readonly chainId: number; readonly contracts: ContractAddresses; readonly council: Address; readonly timelock: Address; readonly pollMs: number };

/** Getter of what a call sets, by function and contract: it gives what the call takes, in the same order. */
const presentBy: Readonly<Record<string, { readonly [Name in ContractName]?: FunctionOf<Name> }>> = {
  setTerms: { consentRegistry: "terms" },
  setDeadlines: { accessLedger: "deadlines" },
  setParameters: { creditLedger: "parameters" },
  setRules: { council: "rules" },
  updateDelay: { timelock: "getMinDelay" },
};

/** The one value of an answer, whatever the contract calls it. */
const only = (answer: AbiRecord): AbiValue | undefined => Object.values(answer)[0];

/** The Council over one node: see the port. */
export function createCouncil(rpc: Rpc, { chainId, contracts, council, timelock, pollMs }: CouncilOptions): Council {
  const nameRevert = createRevertNamer();
  const places = Object.fromEntries(placesOf(contracts));

  const callOf = <Name extends ContractName>(contract: Name, name: FunctionOf<Name>, args: readonly unknown[]) => ({
    method: "eth_call",
    params: [{ to: places[contract], data: encodeCall(contract, name, args) }, "latest"],
  });
  const decoded = <Name extends ContractName>(contract: Name, name: FunctionOf<Name>, result: unknown): AbiRecord => {
    try {
      return decodeResult(contract, name, String(result));
    } catch (error) {
      throw fault("LEDGER_BAD_ANSWER", { method: "eth_call", reason: `the answer of ${String(name)} has another form` }, error);
    }
  };
  const read = async <Name extends ContractName>(contract: Name, name: FunctionOf<Name>, args: readonly unknown[] = []): Promise<AbiRecord> => {
    const { method, params } = callOf(contract, name, args);
    return decoded(contract, name, await rpc.call(method, params));
  };
  const refusal = (reply: RpcReply | undefined): string | null => (reply !== undefined && "error" in reply && isRevert(reply.error) ? nameRevert(revertData(reply.error.data)) : null);
  const resultOf = (reply: RpcReply | undefined): unknown => {
    if (reply !== undefined && "result" in reply) return reply.result;
    throw fault("LEDGER_RPC_ERROR", { method: "eth_call", rpcCode: reply?.error.code ?? 0, reason: reply?.error.message ?? "no answer" });
  };

  return {
    address: council,
    timelock,
    chainId,
    contracts: places,
    guardians: contracts.guardianPanel == null ? null : createGuardians(rpc, { chainId, address: contracts.guardianPanel }),
    idOf: proposalIdOf,
    decode: createCallDecoder(contracts),
    async rules(): Promise<CouncilRules> {
      const { votingDelay, votingPeriod, gracePeriod, minHospitals } = asRecord(only(await read("council", "rules")));
      const timelockDelay = asNumber(only(await read("timelock", "getMinDelay")));
      return { votingDelay: asNumber(votingDelay), votingPeriod: asNumber(votingPeriod), gracePeriod: asNumber(gracePeriod), minHospitals: asNumber(minHospitals), timelockDelay };
    },
    async parameters() {
      const [terms, deadlines, credit] = await Promise.all([read("consentRegistry", "terms"), read("accessLedger", "deadlines"), read("creditLedger", "parameters")]);
      return { terms: recordOf(terms), deadlines: recordOf(deadlines), credit: recordOf(asRecord(only(credit))) };
    },
    async standing(id): Promise<ProposalStanding | null> {
      const args = [BigInt(id).toString()];
      const getters = ["state", "proposalVotes", "weightOf", "proposalSnapshot", "proposalDeadline", "proposalEta", "votesNeeded"] as const;
      const replies = await rpc.askAll(getters.map((name) => callOf("council", name, args)));
      if (refusal(replies[0]) === "GovernorNonexistentProposal") return null;
      const at = (index: number) => decoded("council", getters[index] ?? "state", resultOf(replies[index]));
      const { againstVotes, forVotes, abstainVotes } = at(1);
      const { twoThirds, guardiansOnly, gracePeriod } = at(2);
      const eta = asNumber(only(at(5)));
      return {
        state: asNamed(proposalStates, only(at(0))),
        votes: { against: asNumber(againstVotes), for: asNumber(forVotes), abstain: asNumber(abstainVotes) },
        // Refused while its snapshot is not past: nobody knows yet how many votes there are.
        needed: refusal(replies[6]) !== null ? null : asNumber(only(at(6))),
        twoThirds: asFlag(twoThirds),
        guardiansOnly: asFlag(guardiansOnly),
        gracePeriod: asNumber(gracePeriod),
        snapshot: asNumber(only(at(3))),
        deadline: asNumber(only(at(4))),
        eta: eta === 0 ? null : eta,
      };
    },
    async needsTwoThirds(calls) {
      const lists = [calls.map(({ target }) => target), calls.map(({ value }) => value), calls.map(({ data }) => data)];
      return asFlag(only(await read("council", "needsTwoThirds", lists)));
    },
    async votesAt(account, timepoint) {
      return asNumber(only(await read("memberRegistry", "getPastVotes", [account, timepoint])));
    },
    async present({ contract, name, args }) {
      const getter = name === null ? undefined : presentBy[name]?.[contract as ContractName];
      if (getter === undefined || contract === null) return null;
      const values = Object.values(recordOf(await read(contract as ContractName, getter as FunctionOf<ContractName>)));
      return Object.fromEntries(Object.keys(args).flatMap((key, at) => (values[at] === undefined ? [] : [[key, values[at]]])));
    },
    async implementation(proxy) {
      return address(`0x${String(await rpc.call("eth_getStorageAt", [proxy, implementationSlot, "latest"])).slice(-40)}`);
    },
    async knownCode(at) {
      return recogniseCode(String(await rpc.call("eth_getCode", [at, "latest"])) as `0x${string}`, at, knownCode);
    },
    async ballot(id, voter, choice, reason) {
      const nonce = asBigint(only(await read("council", "nonces", [voter])));
      return ballotOf(chainId, council, { id, choice, reason, voter, nonce });
    },
    async transaction(from, name, content) {
      if (name === "castVote" || name === "castVoteWithReason") throw new TypeError("a vote is cast by a signed ballot");
      const data = councilCall(name, content);
      const preflight = createPreflight(rpc, from, new AbortController().signal);
      const gas = await preflight.gasFor({ kind: name, to: council, data });
      const nonce = parseQuantity("eth_getTransactionCount", await rpc.call("eth_getTransactionCount", [from, "pending"]));
      return { chainId, to: council, data, nonce, gas };
    },
    relay: createRelay(rpc, { chainId, council, pollMs }),
  };
}
