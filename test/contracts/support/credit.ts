import { encodeDeployData, encodeFunctionData, type Address, type Hex } from "viem";
import { withOverrides, type CreditParameters } from "../../../scripts/deploy/parameters.ts";
import type { Contract } from "./chain.ts";
import type { CreditView, World } from "./world.ts";

export const cause = { None: 0, Delivery: 1, MissedDeadline: 2, Misuse: 3 } as const;
export const tier = { Bronze: 0, Silver: 1, Gold: 2 } as const;

export type CreditAlone = Awaited<ReturnType<typeof startCredit>>;

/** A second credit ledger whose hooks are called by an unlocked account instead of the access ledger. */
export async function startCredit(world: World, credit: Partial<CreditParameters> = {}, epochSeconds = 86_400) {
  const hook = world.unlocked(15);
  const { CreditLedger, ERC1967Proxy } = world.artifacts;
  const code = await world.create(world.council, encodeDeployData({ ...CreditLedger, args: [hook, epochSeconds] }));
  const values = withOverrides({ credit }).credit;
  const init = encodeFunctionData({ abi: CreditLedger.abi, functionName: "initialize", args: [world.authority.address, values] });
  const address: Address = await world.create(world.council, encodeDeployData({ ...ERC1967Proxy, args: [code, init] }));
  const contract: Contract = { address, abi: CreditLedger.abi };
  // From the first second of an epoch: no test may happen to run across midnight.
  const now = await world.now();
  await world.sleep((Math.floor(now / epochSeconds) + 1) * epochSeconds - now);
  const call = (name: string, args: readonly unknown[]) => world.send(hook, contract, name, args);
  return {
    contract,
    epochSeconds,
    parameters: values,
    call,
    acknowledge: (custodian: number, requester: number, account: Address = "0x0000000000000000000000000000000000000000") =>
      call("onAcknowledged", [custodian, requester, account]),
    misuse: (accused: number, other = 99) => call("onMisuse", [accused, other]),
    missed: (custodian: number, requester = 99) => call("onMissedDeadline", [custodian, requester]),
    /** What the hook answers, having counted it. */
    async request(requester: number, account: Address, purpose: number): Promise<number> {
      const data = encodeFunctionData({ abi: contract.abi, functionName: "onRequest", args: [requester, account, purpose] });
      const answer = (await world.rpc.request({ method: "eth_call", params: [{ from: hook, to: address, data }, "latest"] })) as Hex;
      await call("onRequest", [requester, account, purpose]);
      return Number(answer);
    },
    of: (subject: Hex) => world.read<CreditView>(contract, "credit", [subject]),
    /** To the first second of the n-th next epoch. */
    async skip(epochs: number): Promise<void> {
      const now = await world.now();
      await world.sleep((Math.floor(now / epochSeconds) + epochs) * epochSeconds - now);
    },
    /** Gives the member `count` fresh counterparties and with them ten points each, ten epochs apart so that no cap bites. */
    async earn(member: number, count: number, from = 1000): Promise<void> {
      for (let index = 0; index < count; index++) await call("onAcknowledged", [member, from + index, "0x0000000000000000000000000000000000000000"]);
    },
  };
}
