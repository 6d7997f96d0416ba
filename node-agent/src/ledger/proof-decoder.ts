import { fault } from "../model/fault.ts";
import { type Address, address, digest } from "../model/ids.ts";
import type { LogDecoder } from "../proof/history-check.ts";
import { type ContractAddresses, type ContractName, contractNames, governanceNames } from "./contracts.ts";
import { createDecoder } from "./decode.ts";

/** The decoder of a consortium's logs for the proof room. Throws PROOF_MALFORMED when an address of a contract is missing. */
export function createProofDecoder(contracts: Readonly<Record<string, string>>): LogDecoder {
  const optional: readonly string[] = governanceNames;
  const entries = contractNames.flatMap((name): [ContractName, Address][] => {
    const where = contracts[name];
    if (where === undefined && optional.includes(name)) return [];
    if (where === undefined) throw fault("PROOF_MALFORMED", { what: `the contract ${name} is not named` });
    return [[name, address(where)]];
  });
  const decode = createDecoder(Object.fromEntries(entries) as ContractAddresses);
  return (log, block) =>
    decode(
      {
        address: address(log.address),
        topics: log.topics,
        data: log.data,
        block: block.number,
        // The block's hash is no part of an event; the position is.
        blockHash: digest(`0x${"00".repeat(32)}`),
        logIndex: log.logIndex,
        transaction: digest(log.transaction),
      },
      block.timestamp,
    );
}
