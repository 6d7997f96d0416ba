import type { Approval, GuardianPanel, StopAct } from "../model/guardians.ts";
import type { Address } from "../model/ids.ts";
import type { TypedData } from "../model/typed-data.ts";

/** The guardians' panel as an agent sees it: read at the latest block, throws LEDGER_UNREACHABLE when the node does not answer. What guardians sign reaches the chain by the writer's intents. */
export type Guardians = {
  readonly address: Address;
  panel(): Promise<GuardianPanel>;
  /** Approvals that count now; for a pause those since the last one. */
  approvals(act: StopAct): Promise<readonly Approval[]>;
  /** Whether the writes of a contract are stopped. */
  paused(target: Address): Promise<boolean>;
  /** EIP-712 approval for the guardian's key, with the guardian's next nonce. `until` in seconds since the epoch; 0 takes an approval back. */
  document(act: StopAct, guardian: Address, until: number): Promise<TypedData>;
};
