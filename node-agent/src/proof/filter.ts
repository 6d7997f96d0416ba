import { bloomTest } from "./bloom.ts";
import { bytesOf } from "./hex.ts";
import type { ReceiptLog } from "./receipt.ts";

/** Which of the consortium's logs an export is about: all of them, or those of some studies; who the members are is always among them. */
export type LogFilter = {
  /** Whether the block may hold such a log, by its bloom: false is a proof that it does not. */
  readonly possible: (bloom: Uint8Array) => boolean;
  readonly chosen: (log: ReceiptLog) => boolean;
};

/**
 * `contracts` are the proxies' addresses, `registry` is MemberRegistry's. Every event about a study carries its id as a topic (the contracts'
 * interfaces say so), so that blooms can rule out blocks. Throws PROOF_MALFORMED on an address or id that is none.
 */
export function logFilter(contracts: readonly string[], registry: string, studies: readonly string[] | null): LogFilter {
  const all = contracts.map((one) => bloomTest(bytesOf(one, "a contract's address")));
  const topics = studies?.map((study) => bloomTest(bytesOf(study, "a study id"))) ?? null;
  const members = bloomTest(bytesOf(registry, "the registry's address"));
  const [ours, wanted] = [new Set(contracts), new Set(studies ?? [])];
  return {
    possible: (bloom) => all.some((has) => has(bloom)) && (topics === null || members(bloom) || topics.some((has) => has(bloom))),
    chosen: (log) => ours.has(log.address) && (studies === null || log.address === registry || log.topics.some((topic, at) => at > 0 && wanted.has(topic))),
  };
}
