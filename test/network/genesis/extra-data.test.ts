import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { newNodeKey } from "../../../network/besu/node-key.ts";
import { genesisExtraData } from "../../../network/genesis/extra-data.ts";
import { besuOrSkip } from "../../support/besu.ts";

const four = ["0xbb00000000000000000000000000000000000003", "0xaa00000000000000000000000000000000000002", "0xCC00000000000000000000000000000000000004", "0xaa00000000000000000000000000000000000001"];
/** As `besu rlp encode` of 26.8.0 writes them. */
const vectors = {
  ibft2:
    "0xf87ea00000000000000000000000000000000000000000000000000000000000000000f85494aa0000000000000000000000000000000000000194aa0000000000000000000000000000000000000294bb0000000000000000000000000000000000000394cc00000000000000000000000000000000000004808400000000c0",
  qbft: "0xf87aa00000000000000000000000000000000000000000000000000000000000000000f85494aa0000000000000000000000000000000000000194aa0000000000000000000000000000000000000294bb0000000000000000000000000000000000000394cc00000000000000000000000000000000000004c080c0",
} as const;

test("equals the vectors whatever order and letter case the validators are given in", (t) => {
  for (const protocol of ["ibft2", "qbft"] as const) {
    t.is(genesisExtraData(protocol, four), vectors[protocol]);
    t.is(genesisExtraData(protocol, four.toReversed().map((one) => one.toLowerCase())), vectors[protocol]);
  }
});

test("refuses no validators, a doubled one, and what is no address", (t) => {
  t.throws(() => genesisExtraData("ibft2", []), { message: /at least one/u });
  t.throws(() => genesisExtraData("qbft", ["0xaa00000000000000000000000000000000000001", "0xAA00000000000000000000000000000000000001"]), { message: /twice/u });
  t.throws(() => genesisExtraData("qbft", ["0xaa"]), { message: /not an address/u });
});

test("equals what Besu's own tool makes of random validators", async (t) => {
  const besu = await besuOrSkip(t);
  if (besu === null) return;
  t.timeout(300_000);
  const dir = await mkdtemp(join(tmpdir(), "fiducial-rlp-"));
  t.teardown(() => rm(dir, { recursive: true }));
  for (const [protocol, type] of [["ibft2", "IBFT_EXTRA_DATA"], ["qbft", "QBFT_EXTRA_DATA"]] as const) {
    const validators = Array.from({ length: 7 }, () => newNodeKey().address).sort();
    const file = join(dir, `${protocol}.json`);
    await writeFile(file, JSON.stringify(validators));
    const { stdout } = await promisify(execFile)(besu.command, ["rlp", "encode", `--type=${type}`, `--from=${file}`]);
    const printed = stdout.split("\n").map((line) => line.trim()).find((line) => line.startsWith("0x"));
    t.is(genesisExtraData(protocol, validators), printed as `0x${string}`);
  }
});
