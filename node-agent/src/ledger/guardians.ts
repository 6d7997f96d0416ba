import { fault } from "../model/fault.ts";
import type { StopAct } from "../model/guardians.ts";
import type { Address } from "../model/ids.ts";
import type { Guardians } from "../ports/guardians.ts";
import { decodeResult, encodeCall } from "./abi-codec.ts";
import type { ContractName, FunctionOf } from "./contracts.ts";
import { approvalDocument, proposalNumber } from "./guardian-calldata.ts";
import type { Rpc } from "./rpc.ts";
import { type AbiRecord, asAccount, asBigint, asFlag, asList, asNumber, asRecord } from "./values.ts";

/** The guardians' panel over one node: see the port. */
export function createGuardians(rpc: Rpc, { chainId, address }: { readonly chainId: number; readonly address: Address }): Guardians {
  const read = async <Name extends ContractName>(contract: Name, at: Address, name: FunctionOf<Name>, args: readonly unknown[] = []): Promise<AbiRecord> => {
    const result = await rpc.call("eth_call", [{ to: at, data: encodeCall(contract, name, args) }, "latest"]);
    try {
      return decodeResult(contract, name, String(result));
    } catch (error) {
      throw fault("LEDGER_BAD_ANSWER", { method: "eth_call", reason: `the answer of ${String(name)} has another form` }, error);
    }
  };
  const only = (answer: AbiRecord) => Object.values(answer)[0];
  const ask = async (name: FunctionOf<"guardianPanel">, args: readonly unknown[] = []) => only(await read("guardianPanel", address, name, args));
  return {
    address,
    async panel() {
      const [guardians, threshold, targets] = await Promise.all([ask("guardians"), ask("threshold"), ask("targets")]);
      return { guardians: asList(guardians).map(asAccount), threshold: asNumber(threshold), targets: asList(targets).map(asAccount) };
    },
    async approvals({ target, proposal }: StopAct) {
      return asList(await ask("approvals", [target, proposalNumber(proposal)])).map((one) => {
        const { guardian, until } = asRecord(one);
        return { guardian: asAccount(guardian), until: asNumber(until) };
      });
    },
    // Every contract that can be braked has this one getter.
    paused: async (target) => asFlag(only(await read("studyRegistry", target, "writesPaused"))),
    async document(act, guardian, until) {
      return approvalDocument(chainId, address, { act, until, nonce: asBigint(await ask("nonces", [guardian])) });
    },
  };
}
