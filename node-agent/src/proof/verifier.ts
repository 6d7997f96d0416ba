import { isFault } from "../model/fault.ts";
import type { LedgerEvent } from "../model/ledger-events.ts";
import { ChainCheck, type Era } from "./chain-check.ts";
import { logFilter } from "./filter.ts";
import { type Finding, Findings } from "./finding.ts";
import { parseBlockLine, parseEnd, parseHead, parseLine, type ProofBlock, type ProofHead } from "./format.ts";
import { type Genesis, genesisHashOf } from "./genesis.ts";
import { decodeHeader, type Header } from "./header.ts";
import { HistoryCheck, type LogDecoder } from "./history-check.ts";
import { bytesOf } from "./hex.ts";
import { defaultEpochLength, type VotingRules } from "./validators.ts";

/** What the reader knows from elsewhere than the file. Nothing here may come from the file's author. */
export type Trust = {
  /** The consortium's genesis file, as its members signed it. */
  readonly genesis?: Genesis;
  readonly genesisHash?: `0x${string}`;
  readonly chainId?: number;
  readonly contracts?: Readonly<Record<string, `0x${string}`>>;
  /** Hash of a block that the reader saw on a node of its own: headers may begin there. */
  readonly checkpoint?: `0x${string}`;
};

/**
 * `verified`: sealed by the validators that followed from a genesis or checkpoint the reader trusts. `unanchored`: consistent, but nothing the
 * reader trusts leads to it. `hashes-only`: a chain without consensus. `refuted`: not what it claims; `findings` say where and why.
 */
export type Verdict = "verified" | "unanchored" | "hashes-only" | "refuted";
export type ProofReport = {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly findingCount: number;
  readonly head: ProofHead | null;
  /** Whether the contracts' addresses were compared with ones the reader trusts. */
  readonly contractsVouched: boolean;
  /** Whether the voting rules come from a genesis file rather than being Besu's defaults. */
  readonly rulesVouched: boolean;
  readonly lastBlock: { readonly number: number; readonly hash: string } | null;
  readonly headers: number;
  readonly eras: readonly Era[];
  readonly sealsChecked: number;
  readonly blocksRead: number;
  readonly blocksRuledOut: number;
  readonly events: number;
};

export type VerifierParts = {
  readonly trust: Trust;
  /** Makes the decoder for the contracts that the head names. Throws PROOF_MALFORMED when one is missing. */
  readonly decoderFor: (contracts: ProofHead["contracts"]) => LogDecoder;
  /** Each record as it is proven, in order. */
  readonly onEvent?: (event: LedgerEvent) => void;
};

const noRules: VotingRules = { epochLength: defaultEpochLength, qbftFrom: null, overrides: [] };

/** Checks an export line by line, in memory that does not grow with it. Feed every line, then ask for the report. Never throws on bad input. */
export class ProofVerifier {
  readonly #parts: VerifierParts;
  readonly #findings = new Findings();
  #head: ProofHead | null = null;
  #chain: ChainCheck | null = null;
  #history: HistoryCheck | null = null;
  #line = 0;
  #expected = 0;
  #blocks = 0;
  #anchored = false;
  #ended = false;
  readonly #missing = new Set<number>();

  constructor(parts: VerifierParts) {
    this.#parts = parts;
  }

  /** How far it is: the last block taken in, and the last there should be. */
  get progress(): { readonly block: number; readonly from: number; readonly to: number } | null {
    return this.#head === null ? null : { block: this.#expected, from: this.#head.headersFrom, to: this.#head.to };
  }

  line(text: string): void {
    this.#line++;
    try {
      const words = parseLine(text);
      if (this.#line === 1) this.#begin(parseHead(words));
      else if (this.#ended) this.#findings.add("end-wrong", "there is more after the end", { line: this.#line });
      else if (this.#head !== null) {
        const end = parseEnd(words);
        if (end === null) this.#block(parseBlockLine(words));
        else this.#end(end);
      }
    } catch (error) {
      if (!isFault(error, "PROOF_MALFORMED")) throw error;
      this.#findings.add(this.#line === 1 ? "head-wrong" : "line-unreadable", error.details.what, { line: this.#line, ...(this.#line === 1 || this.#ended ? {} : { block: this.#expected }) });
      if (this.#line > 1 && !this.#ended) this.#skipped();
    }
  }

  /** A line that could not be read stood, most likely, for the block that was expected. */
  #skipped(): void {
    this.#chain?.gap();
    this.#expected++;
    this.#blocks++;
  }

  #begin(head: ProofHead): void {
    const registry = head.contracts["memberRegistry"];
    const decode = this.#parts.decoderFor(head.contracts);
    const { trust, onEvent = () => {} } = this.#parts;
    const rules = trust.genesis?.rules ?? noRules;
    this.#chain = new ChainCheck(rules, this.#findings);
    this.#history = new HistoryCheck({ findings: this.#findings, filter: logFilter(Object.values(head.contracts), registry ?? "", head.studies), decode, onEvent });
    this.#expected = head.headersFrom;
    this.#head = head;
    const place = { line: 1 };
    const chainId = trust.genesis?.chainId ?? trust.chainId;
    if (chainId !== undefined && chainId !== head.chainId) this.#findings.add("genesis-differs", `the export is of chain ${head.chainId}, the trusted one is ${chainId}`, place);
    if (trust.genesisHash !== undefined && trust.genesisHash !== head.genesis) this.#findings.add("genesis-differs", `the export names genesis ${head.genesis}, the trusted one is ${trust.genesisHash}`, place);
    const trusted = trust.contracts;
    if (trusted === undefined) return;
    for (const name of new Set([...Object.keys(trusted), ...Object.keys(head.contracts)])) {
      const where = trusted[name] ?? "nothing";
      if ((head.contracts[name] ?? "nothing") !== where) this.#findings.add("contracts-differ", `the export takes ${head.contracts[name] ?? "nothing"} for ${name}, the trusted one is ${where}`, place);
    }
  }

  #block(line: ProofBlock): void {
    const [head, chain, history] = [this.#head, this.#chain, this.#history];
    if (head === null || chain === null || history === null) return;
    this.#blocks++;
    const place = { block: line.block, line: this.#line };
    if (line.block !== this.#expected && !this.#place(line.block, chain)) return;
    if (line.block > head.to) {
      this.#findings.add("end-wrong", `the head says that block ${head.to} is the last`, place);
      return;
    }
    this.#expected = line.block + 1;
    let header: Header;
    try {
      header = decodeHeader(bytesOf(line.header, "the header"));
    } catch (error) {
      if (!isFault(error, "PROOF_MALFORMED")) throw error;
      this.#findings.add("block-changed", `its header cannot be read: ${error.details.what}`, place);
      chain.gap();
      return;
    }
    if (header.number !== line.block) {
      this.#findings.add("block-changed", `its header is that of block ${header.number}`, place);
      chain.gap();
      return;
    }
    const hash = chain.next(header, this.#line);
    if (line.block === head.headersFrom) this.#anchor(head, header, hash);
    try {
      if (line.block >= head.from) history.within(header, line, place);
      else history.before(line, place);
    } catch (error) {
      if (!isFault(error, "PROOF_MALFORMED")) throw error;
      this.#findings.add("receipts-changed", error.details.what, place);
    }
  }

  /** A block that is not the next one. Gives whether to go on with it: what is missing before it is named, what comes late or twice is set aside. */
  #place(block: number, chain: ChainCheck): boolean {
    const place = { block, line: this.#line };
    if (block < this.#expected) {
      if (this.#missing.delete(block)) {
        this.#findings.retract(block, "block-missing");
        this.#findings.add("block-out-of-place", `it stands after block ${this.#expected - 1}`, place);
      } else this.#findings.add("block-repeated", "it stood in the file before, or does not belong to its range", place);
      return false;
    }
    for (let number = this.#expected; number < block && number - this.#expected < 1000; number++) {
      this.#missing.add(number);
      this.#findings.add("block-missing", `it should stand before block ${block}`, { block: number, line: this.#line });
    }
    chain.gap();
    return true;
  }

  #anchor(head: ProofHead, header: Header, hash: `0x${string}`): void {
    const { trust } = this.#parts;
    const place = { block: header.number, line: this.#line };
    if (header.number === 0) {
      if (hash !== head.genesis) this.#findings.add("genesis-differs", `block 0 has the hash ${hash}, the head of the file names ${head.genesis}`, place);
      const trusted = [trust.genesisHash, trust.genesis === undefined ? undefined : genesisHashOf(trust.genesis)].filter((one) => one !== undefined);
      for (const one of trusted) if (one !== hash) this.#findings.add("genesis-differs", `block 0 has the hash ${hash}, the trusted genesis has ${one}`, place);
      if (trusted.length > 0) this.#anchored = true;
    }
    if (trust.checkpoint === undefined) return;
    if (trust.checkpoint === hash) this.#anchored = true;
    else if (header.number > 0) this.#findings.add("genesis-differs", `the first block has the hash ${hash}, the trusted checkpoint is ${trust.checkpoint}`, place);
  }

  #end(end: { readonly blocks: number; readonly events: number; readonly hash: string }): void {
    this.#ended = true;
    const place = { line: this.#line };
    const { head } = this.#chain ?? { head: null };
    if (end.blocks !== this.#blocks) this.#findings.add("end-wrong", `the end speaks of ${end.blocks} blocks, the file holds ${this.#blocks}`, place);
    if (this.#findings.count > 0) return;
    if (end.events !== this.#history?.events) this.#findings.add("end-wrong", `the end speaks of ${end.events} records, the blocks hold ${this.#history?.events ?? 0}`, place);
    if (end.hash !== head?.hash) this.#findings.add("end-wrong", `the end names ${end.hash.slice(0, 66)} as the last block's hash, it is ${head?.hash ?? "none"}`, { ...place, block: head?.number ?? null });
  }

  /** The verdict, once every line was given. */
  report(): ProofReport {
    const [head, chain, history] = [this.#head, this.#chain, this.#history];
    if (this.#line === 0) this.#findings.add("head-wrong", "the file is empty", {});
    if (head !== null && this.#expected <= head.to) this.#findings.add("block-missing", this.#expected === head.to ? "it is not in the file" : `blocks ${this.#expected} to ${head.to} are not in the file`, { block: this.#expected });
    if (head !== null && !this.#ended) this.#findings.add("end-wrong", "the file was cut off: its last line is missing", { line: this.#line });
    this.#ended = true;
    const verdict: Verdict = this.#findings.count > 0 ? "refuted" : chain?.sealed !== true ? "hashes-only" : this.#anchored ? "verified" : "unanchored";
    return {
      verdict,
      findings: this.#findings.list,
      findingCount: this.#findings.count,
      head,
      contractsVouched: this.#parts.trust.contracts !== undefined,
      rulesVouched: this.#parts.trust.genesis !== undefined,
      lastBlock: chain?.head ?? null,
      headers: this.#blocks,
      eras: chain?.eras ?? [],
      sealsChecked: chain?.seals ?? 0,
      blocksRead: history?.blocks.read ?? 0,
      blocksRuledOut: history?.blocks.ruledOut ?? 0,
      events: history?.events ?? 0,
    };
  }
}
