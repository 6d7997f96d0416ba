import type { HospitalContext } from "./context.ts";
import type { FetchProgress } from "./progress.ts";

/** The pace is that of this many milliseconds before now. */
const paceMs = 3000;

/** Tells the progress board how a fetch goes: phases, objects, bytes with their source, pace and what is left. */
export class FetchReport {
  readonly #context: HospitalContext;
  readonly #bySource = new Map<string, number>();
  readonly #samples: { readonly at: number; readonly bytes: number }[] = [];
  #row: FetchProgress;
  #brought = 0;

  /** `request` is null where the study is our own and recovered. */
  constructor(context: HospitalContext, of: Pick<FetchProgress, "study" | "request" | "custodian">) {
    this.#context = context;
    const now = context.clock.now();
    this.#row = {
      ...of,
      phase: "key",
      bytesDone: 0,
      bytesTotal: 0,
      objectsDone: 0,
      objectsTotal: 0,
      bytesPerSecond: null,
      etaSeconds: null,
      sources: [],
      startedAt: now,
      updatedAt: now,
      error: null,
    };
    context.progress.set(this.#row);
  }

  set(change: Partial<FetchProgress>): void {
    this.#row = { ...this.#row, ...change, updatedAt: this.#context.clock.now() };
    this.#context.progress.set(this.#row);
  }

  /** Bytes that are here now: brought by a source, or (null) since an earlier attempt. */
  arrived(bytes: number, source: string | null): void {
    const now = this.#context.clock.now();
    if (source !== null) {
      this.#bySource.set(source, (this.#bySource.get(source) ?? 0) + bytes);
      this.#brought += bytes;
      const last = this.#samples.at(-1);
      if (last === undefined || now - last.at >= paceMs / 30) this.#samples.push({ at: now, bytes: this.#brought });
      while ((this.#samples[0]?.at ?? now) < now - paceMs) this.#samples.shift();
    }
    const bytesDone = this.#row.bytesTotal > 0 ? Math.min(this.#row.bytesDone + bytes, this.#row.bytesTotal) : this.#row.bytesDone + bytes;
    const [first] = this.#samples;
    const pace = first === undefined || now - first.at < 200 ? null : Math.round(((this.#brought - first.bytes) * 1000) / (now - first.at));
    const left = this.#row.bytesTotal - bytesDone;
    const etaSeconds = pace === null || pace === 0 || this.#row.bytesTotal === 0 ? null : Math.ceil(left / pace);
    this.set({ bytesDone, bytesPerSecond: pace, etaSeconds, sources: [...this.#bySource].map(([name, sum]) => ({ name, bytes: sum })) });
  }
}
