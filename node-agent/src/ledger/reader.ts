import type { LedgerReader } from "../ports/ledger.ts";
import { fetchBlock, fetchHead } from "./block.ts";
import type { LedgerConfig } from "./config.ts";
import { placesOf } from "./contracts.ts";
import { createCouncil } from "./council.ts";
import { createDecoder } from "./decode.ts";
import type { HeadBell } from "./head-bell.ts";
import { createPoller } from "./poller.ts";
import type { Rpc } from "./rpc.ts";
import { verifySignature } from "./signature.ts";
import { createTypedDataMaker } from "./typed-data.ts";
import { verifyChain } from "./verify-chain.ts";
import { createViews } from "./views.ts";

/** The read side of the chain over one node. Nothing is asked before the first call; call `verifyChain` first. A bell shortens the wait for a block. */
export function createLedgerReader(rpc: Rpc, config: LedgerConfig, bell?: Pick<HeadBell, "wait">): LedgerReader {
  const contracts = placesOf(config.contracts).map(([, at]) => at);
  const poller = createPoller(rpc, { contracts, decode: createDecoder(config.contracts), logsRange: config.logsRange, pollMs: config.pollMs, ...(bell === undefined ? {} : { bell }) });
  const typedData = createTypedDataMaker(config.chainId, config.contracts);
  const { council = null, timelock = null } = config.contracts;
  return {
    council: council === null || timelock === null ? null : createCouncil(rpc, { chainId: config.chainId, contracts: config.contracts, council, timelock, pollMs: config.pollMs }),
    verifyChain: () => verifyChain(rpc, config),
    head: () => fetchHead(rpc),
    block: (number) => fetchBlock(rpc, number),
    batches: poller.batches,
    waitForBlock: poller.waitForBlock,
    ...createViews(rpc, config.contracts),
    consentTypedData: typedData.consent,
    revocationTypedData: typedData.revocation,
    reviewTypedData: typedData.review,
    verifySignature: (document, signer, signature) => verifySignature(rpc, document, signer, signature),
  };
}
