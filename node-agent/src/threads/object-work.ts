import { Worker } from "node:worker_threads";
import { CID } from "multiformats/cid";
import { fault } from "../model/fault.ts";
import type { ObjectWork, ReadInstance, UnreadInstance } from "../ports/object-work.ts";
import { type Answer, type Question, received, type Result } from "./messages.ts";

/** Bytes with the thread, waiting or being worked on: a fast sender is held up beyond that. */
const mostBytes = 24 << 20;

type Unnumbered<One> = One extends unknown ? Omit<One, "no"> : never;
type Pending = { readonly resolve: (result: Result) => void; readonly reject: (error: unknown) => void };
/** One life of the thread: what was asked of it ends with it. */
type Life = { readonly worker: Worker; readonly pending: Map<number, Pending>; over: boolean };

/**
 * Opens the work on objects on a thread of its own, which is started at once and started anew by the next question when it ended. `onLost` is told when it ended by itself; `module` is what runs there.
 * Memory is moved to the thread and back, never copied.
 */
export function openObjectWork(onLost: (error: unknown) => void = () => {}, module = new URL("./object-worker.ts", import.meta.url)): ObjectWork {
  return new Thread(onLost, module);
}

const ownKey = (key: Uint8Array): Uint8Array => Uint8Array.from(key);
const strange = (result: Result): Error => new Error(`the thread answered ${result.did}`);

class Thread implements ObjectWork {
  readonly #onLost: (error: unknown) => void;
  readonly #module: URL;
  #life: Life | null;
  #closed = false;
  #no = 0;
  #bytes = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(onLost: (error: unknown) => void, module: URL) {
    this.#onLost = onLost;
    this.#module = module;
    this.#life = this.#start();
  }

  async read(bytes: Uint8Array<ArrayBuffer>): Promise<{ readonly verdict: Promise<ReadInstance | UnreadInstance> }> {
    const size = bytes.length;
    await this.#room(size);
    const of = this.#no + 1;
    const verdict = (async () => {
      let result: Result | null = null;
      try {
        const life = this.#alive();
        result = await this.#ask(life, { do: "read", bytes }, [bytes.buffer]);
        return this.#verdict(life, of, size, result);
      } finally {
        // What was read keeps its room until it is sealed or dropped.
        if (result?.did !== "read") this.#left(size);
      }
    })();
    // Met by whoever waits for it, which may be later.
    verdict.catch(() => undefined);
    return { verdict };
  }

  async check({ sessionKey, bytes }: Parameters<ObjectWork["check"]>[0]): ReturnType<ObjectWork["check"]> {
    const result = await this.#within(bytes, () => ({ do: "check", sessionKey: ownKey(sessionKey), bytes }));
    if (result.did !== "check") throw strange(result);
    return result.facts;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const life = this.#life;
    if (life !== null) {
      this.#end(life);
      await life.worker.terminate();
    }
  }

  #verdict(life: Life, of: number, size: number, result: Result): ReadInstance | UnreadInstance {
    if (result.did === "refused") return { fault: received(result.error) as UnreadInstance["fault"], partial: result.partial };
    if (result.did !== "read") throw strange(result);
    let done = false;
    const once = (): void => {
      if (!done) this.#left(size);
      done = true;
    };
    return {
      facts: result.facts,
      seal: async (sessionKey, prefix) => {
        try {
          const made = await this.#ask(life, { do: "seal", of, sessionKey: ownKey(sessionKey), prefix: Uint8Array.from(prefix) });
          if (made.did !== "seal") throw strange(made);
          return { cid: CID.decode(made.cid), objectSize: made.objectSize, blocks: made.blocks.map(({ cid, bytes }) => ({ cid: CID.decode(cid), bytes })) };
        } finally {
          once();
        }
      },
      drop: () => {
        if (!done) this.#ask(life, { do: "drop", of }).catch(() => undefined);
        once();
      },
    };
  }

  /** Asks about bytes that are done with when the answer is here. */
  async #within(bytes: Uint8Array<ArrayBuffer>, question: () => Unnumbered<Question>): Promise<Result> {
    const size = bytes.length;
    await this.#room(size);
    try {
      return await this.#ask(this.#alive(), question(), [bytes.buffer]);
    } finally {
      this.#left(size);
    }
  }

  #ask(life: Life, question: Unnumbered<Question>, transfer: readonly ArrayBuffer[] = []): Promise<Result> {
    const no = ++this.#no;
    if (life.over) return Promise.reject(fault("OBJECT_WORK_LOST", {}));
    return new Promise((resolve, reject) => {
      life.pending.set(no, { resolve, reject });
      life.worker.ref();
      life.worker.postMessage({ ...question, no }, transfer);
    });
  }

  #alive(): Life {
    if (this.#closed) throw fault("OBJECT_WORK_LOST", {});
    this.#life ??= this.#start();
    return this.#life;
  }

  #start(): Life {
    const life: Life = { worker: new Worker(this.#module, { name: "objects" }), pending: new Map(), over: false };
    let cause: unknown = null;
    life.worker.on("message", (answer: Answer) => {
      const pending = life.pending.get(answer.no);
      life.pending.delete(answer.no);
      if (life.pending.size === 0) life.worker.unref();
      if ("result" in answer) pending?.resolve(answer.result);
      else pending?.reject(received(answer.error));
    });
    life.worker.on("error", (error: unknown) => {
      cause = error;
    });
    life.worker.on("exit", (code) => {
      const unasked = !life.over;
      this.#end(life);
      if (unasked) this.#onLost(cause ?? new Error(`the thread ended with ${code}`));
    });
    // It keeps a program alive only while it works.
    life.worker.unref();
    return life;
  }

  #end(life: Life): void {
    life.over = true;
    if (this.#life === life) this.#life = null;
    for (const { reject } of life.pending.values()) reject(fault("OBJECT_WORK_LOST", {}));
    life.pending.clear();
  }

  async #room(size: number): Promise<void> {
    while (this.#bytes > 0 && this.#bytes + size > mostBytes) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#bytes += size;
  }

  #left(size: number): void {
    this.#bytes -= size;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
