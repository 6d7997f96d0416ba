import { setTimeout as sleep } from "node:timers/promises";
import type { BesuNode } from "../../../../network/local/besu-node.ts";
import { isFault } from "../../../../node-agent/src/model/fault.ts";
import type { StudyId } from "../../../../node-agent/src/model/ids.ts";
import type { LedgerWriter } from "../../../../node-agent/src/ports/ledger.ts";
import { httpRpc } from "../../../../scripts/deploy/http.ts";
import { addressOf, newAccount, newDigest, newStudy } from "../../../node-agent/ledger/consortium.ts";
import type { BesuConsortium } from "./consortium.ts";
import { until } from "./consortium.ts";

/** Registrations that go on through every fault, each with a key of its own, so that what was lost or doubled can be counted. */
export class Load {
  readonly #studies: StudyId[] = [];
  readonly #acknowledged = new Set<StudyId>();
  readonly #failed: unknown[] = [];
  /** Attempts answered with LEDGER_WRITE_KEPT, and made again. */
  unreachable = 0;
  #running = true;
  readonly #lanes: Promise<void>[];

  constructor(writers: readonly LedgerWriter[], pauseMs = 150) {
    this.#lanes = writers.flatMap((writer) => [0, 1].map(() => this.#lane(writer, pauseMs)));
  }

  async #lane(writer: LedgerWriter, pauseMs: number): Promise<void> {
    while (this.#running) {
      const study = newStudy();
      this.#studies.push(study);
      const intent = { kind: "registerStudy", study, patient: addressOf(newAccount()), root: newDigest() } as const;
      // While a node is away the write is kept and its caller told so: the same write under the same key is asked for again, as flows do, and is still one write.
      while (!this.#acknowledged.has(study)) {
        try {
          await writer.submit(`register:${study}`, intent);
          this.#acknowledged.add(study);
        } catch (error) {
          if (!isFault(error, "LEDGER_WRITE_KEPT")) {
            this.#failed.push(error);
            break;
          }
          this.unreachable++;
          await sleep(500);
        }
      }
      await sleep(pauseMs);
    }
  }

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  /** Resolves when another write has been acknowledged. */
  async goesOn(): Promise<void> {
    const before = this.acknowledged;
    await until("another write", async () => this.acknowledged > before);
  }

  /** Ends the load; resolves when every write under way has its receipt. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#lanes);
  }

  /** Compares what was asked for with what a node has; call after `stop`. */
  async count({ contracts }: BesuConsortium, node: BesuNode): Promise<{ readonly written: number; readonly lost: number; readonly doubled: number; readonly refused: readonly unknown[] }> {
    const logs = (await httpRpc(node.rpcUrl).request({ method: "eth_getLogs", params: [{ fromBlock: "0x0", toBlock: "latest", address: contracts.studyRegistry }] })) as readonly { readonly topics: readonly string[] }[];
    const seen = new Map<string, number>();
    for (const { topics } of logs) seen.set(topics[1] ?? "", (seen.get(topics[1] ?? "") ?? 0) + 1);
    const lost = [...this.#acknowledged].filter((study) => !seen.has(study)).length;
    const doubled = this.#studies.filter((study) => (seen.get(study) ?? 0) > 1).length;
    return { written: this.#acknowledged.size, lost, doubled, refused: this.#failed };
  }
}
