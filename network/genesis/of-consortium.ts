import { fault } from "../../node-agent/src/model/fault.ts";
import { nodesOf } from "../consortium-file.ts";
import type { Consortium } from "../consortium-schema.ts";
import { addressOfNode } from "../besu/node-key.ts";
import { type Genesis, type GenesisAccount, genesisOf } from "./genesis.ts";
import type { Hex } from "../hex.ts";

/** Addresses of the founding validators, in the order of the file. */
export const validatorsOf = (consortium: Consortium): Hex[] => nodesOf(consortium).flatMap(({ node }) => (node.validator ? [addressOfNode(node.publicKey)] : []));

/** The genesis of a consortium; `alloc` holds what block 0 begins with, nothing unless given. Throws NETWORK_FILE_WRONG when no node of it would seal a block. */
export function consortiumGenesis(consortium: Consortium, alloc: Readonly<Record<Hex, GenesisAccount>> = {}): Genesis {
  const { chainId, genesisTime, consensus, forks, gasLimit } = consortium;
  const { blockPeriodSeconds, requestTimeoutSeconds } = consensus;
  const validators = validatorsOf(consortium);
  if (validators.length === 0) throw fault("NETWORK_FILE_WRONG", { problems: ["members: no node is a validator, so no block would ever be sealed"] });
  return genesisOf({
    chainId,
    genesisTime,
    forks,
    gasLimit,
    ...consensus,
    requestTimeoutSeconds: requestTimeoutSeconds ?? 2 * blockPeriodSeconds,
    validators,
    alloc,
  });
}
