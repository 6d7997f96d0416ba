import { fault } from "../model/fault.ts";
import type { StudyId } from "../model/ids.ts";
import { proofFormat, proofVersion, type ProofBlock, type ProofEnd, type ProofHead } from "../proof/format.ts";
import { hexOf } from "../proof/hex.ts";
import { listTrie } from "../encoding/trie.ts";
import type { ProvableBlock } from "../ports/proof.ts";
import type { FlowContext } from "./context.ts";

export type ProofWish = {
  /** null: the whole history of the consortium. */
  readonly studies: readonly StudyId[] | null;
  /** Range of blocks the history is complete for; from the deployment of the contracts to the head when left out. */
  readonly from?: number;
  readonly to?: number;
  /** First header; 0 when left out, so that the proof begins at the genesis. */
  readonly headersFrom?: number;
};

const line = (value: ProofHead | ProofBlock | ProofEnd): string => `${JSON.stringify(value)}\n`;

function blockLine({ number, header, body, events }: ProvableBlock): ProofBlock {
  const head = { block: number, header: hexOf(header) };
  if (body === null) return head;
  const nodes = (list: readonly Uint8Array[]): string[] => listTrie(list).inner.map(hexOf);
  const texts = {
    transactions: body.transactions.map(hexOf),
    transactionNodes: nodes(body.transactions),
    receipts: body.receipts.map(hexOf),
    receiptNodes: nodes(body.receipts),
  };
  return { ...head, body: texts, ...(events.length === 0 ? {} : { events }) };
}

/**
 * An access history with its proof, line by line as docs/proof-format.md has it. What a node gives is checked on the way: what cannot be
 * proven is not exported. Ends early, without its last line, by throwing PROOF_SOURCE_INCONSISTENT or LEDGER_UNREACHABLE. Throws PROOF_RANGE before the first line.
 */
export async function* exportProof(context: FlowContext, wish: ProofWish, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  const { proofs, reader, settings, self, clock } = context;
  const head = await reader.head();
  const from = wish.from ?? Math.min(settings.deployedAtBlock, head.number);
  const to = wish.to ?? head.number;
  const headersFrom = wish.headersFrom ?? 0;
  if (headersFrom > from || from > to || to > head.number) throw fault("PROOF_RANGE", { from, to, head: head.number });
  const { chainId, genesisHash, contracts } = proofs.identity;
  yield line({
    format: proofFormat,
    version: proofVersion,
    chainId,
    genesis: genesisHash,
    contracts,
    from,
    to,
    headersFrom,
    studies: wish.studies,
    exportedAt: new Date(clock.now()).toISOString(),
    exportedBy: `member ${self.member}, ${self.name}`,
  });
  let last = "";
  let events = 0;
  for await (const block of proofs.blocks({ headersFrom, from, to, studies: wish.studies }, signal)) {
    signal.throwIfAborted();
    events += block.events.length;
    last = block.hash;
    yield line(blockLine(block));
  }
  yield line({ end: { blocks: to - headersFrom + 1, events, hash: last } });
}
