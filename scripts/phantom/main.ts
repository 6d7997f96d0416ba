/** `node scripts/phantom/main.ts DIR [--slices N] [--size N] [--seed TEXT] [--utf8]`: writes a synthetic head CT study into DIR. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { generatePhantom } from "./phantom.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    slices: { type: "string", default: "64" },
    size: { type: "string", default: "512" },
    seed: { type: "string" },
    utf8: { type: "boolean", default: false },
  },
});
const [folder] = positionals;
const slices = Number(values.slices);
const size = Number(values.size);
if (folder === undefined || positionals.length > 1 || !Number.isInteger(slices) || slices < 1 || !Number.isInteger(size) || size < 16) {
  console.error("usage: node scripts/phantom/main.ts DIR [--slices N (1 up)] [--size N (16 up)] [--seed TEXT] [--utf8]");
  process.exitCode = 2;
} else {
  await mkdir(folder, { recursive: true });
  let bytes = 0;
  const seed = values.seed === undefined ? {} : { seed: values.seed };
  for (const file of generatePhantom({ slices, size, repertoire: values.utf8 ? "ISO_IR 192" : "GB18030", ...seed })) {
    await writeFile(join(folder, file.name), file.bytes);
    bytes += file.bytes.length;
  }
  console.log(`${slices} slices, ${(bytes / 1e6).toFixed(1)} MB in ${folder}`);
}
