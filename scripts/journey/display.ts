/** What a step of the journey tells while it runs. */
export type Reporter = {
  /** One line of what is happening now. */
  note(text: string): void;
  /** Bytes moved so far of a total; draws a bar on a terminal. */
  bytes(done: number, total: number): void;
};

export type StepResult = { readonly title: string; readonly ok: boolean; readonly seconds: number; readonly bytes: number; readonly notes: readonly string[]; readonly error: string | null };

const bar = (part: number, width = 24) => "█".repeat(Math.round(part * width)).padEnd(width, "░");
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/**
 * Runs named steps one after the other and shows them: on a terminal the running step's line is redrawn in place,
 * elsewhere each step prints when it ends. `quiet` shows nothing (for --json).
 */
export class Display {
  readonly results: StepResult[] = [];
  #quiet: boolean;
  readonly #terminal: boolean;

  constructor(quiet: boolean) {
    this.#quiet = quiet;
    this.#terminal = !quiet && process.stdout.isTTY === true;
  }

  heading(text: string): void {
    if (!this.#quiet) console.log(`\n${text}`);
  }

  line(text = ""): void {
    if (!this.#quiet) console.log(text);
  }

  /** Shows nothing from here on: what the steps still in flight have to say is of no use to somebody who asked to stop. */
  silence(): void {
    if (this.#terminal && !this.#quiet) process.stdout.write("\r\x1b[2K");
    this.#quiet = true;
  }

  /** Runs one step; a failure is recorded, shown and thrown on. */
  async step<Value>(title: string, work: (report: Reporter) => Promise<Value>): Promise<Value> {
    const begun = performance.now();
    const notes: string[] = [];
    let now = "";
    let moved = { done: 0, total: 0 };
    const elapsed = () => ((performance.now() - begun) / 1000).toFixed(1);
    const draw = () => {
      if (this.#quiet) return;
      const progress = moved.total > 0 ? `${bar(Math.min(1, moved.done / moved.total))} ${megabytes(moved.done)} of ${megabytes(moved.total)} ` : "";
      const room = Math.max(20, (process.stdout.columns || 100) - 1);
      process.stdout.write(`\r\x1b[2K${`  …  ${title}  ${progress}${now} ${elapsed()} s`.slice(0, room)}`);
    };
    const timer = this.#terminal ? setInterval(draw, 100) : null;
    const finish = (error: unknown) => {
      if (timer !== null) clearInterval(timer);
      const message = error === null ? null : error instanceof Error ? error.message : String(error);
      this.results.push({ title, ok: error === null, seconds: Number(elapsed()), bytes: moved.done, notes, error: message });
      if (this.#quiet) return;
      if (this.#terminal) process.stdout.write("\r\x1b[2K");
      const rate = moved.done > 0 ? `  ${megabytes(moved.done)}` : "";
      console.log(`  ${error === null ? "✔" : "✘"}  ${title}  ${elapsed()} s${rate}`);
      for (const note of notes) console.log(`       ${note}`);
      if (message !== null) console.log(`       ${message}`);
    };
    try {
      const value = await work({
        note(text) {
          now = text;
          notes.push(text);
        },
        bytes(done, total) {
          moved = { done, total };
        },
      });
      finish(null);
      return value;
    } catch (error) {
      finish(error ?? new Error("failed"));
      throw error;
    }
  }
}
