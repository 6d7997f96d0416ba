import type { Output } from "./io.ts";
import { megabytes } from "./text.ts";

/** A bar that is redrawn in place while a person watches; silent otherwise. */
export type ProgressBar = { step(bytes: number, items?: number): void; end(): void };

const shortestMs = 80;

/** A bar for `total` bytes in `items` files on `output` (standard error); `silent` for --json. */
export function progressBar(output: Output, options: { readonly title: string; readonly total: number; readonly items: number; readonly silent: boolean; readonly unit?: string }): ProgressBar {
  const shown = output.terminal && !options.silent;
  let [bytes, items, drawn] = [0, 0, 0];
  const draw = () => {
    const part = options.total === 0 ? items / Math.max(1, options.items) : Math.min(1, bytes / options.total);
    const bar = `${"█".repeat(Math.round(part * 24))}${"░".repeat(24 - Math.round(part * 24))}`;
    const line = `${options.title} ${bar} ${items}/${options.items} ${options.unit ?? "files"}${options.total === 0 ? "" : `, ${megabytes(bytes)} of ${megabytes(options.total)}`}`;
    output.write(`\r\u001b[2K${line.slice(0, Math.max(20, output.columns - 1))}`);
  };
  return {
    step(more, moreItems = 0) {
      bytes += more;
      items += moreItems;
      const now = performance.now();
      if (!shown || now - drawn < shortestMs) return;
      drawn = now;
      draw();
    },
    end() {
      if (!shown) return;
      draw();
      output.write("\n");
    },
  };
}
