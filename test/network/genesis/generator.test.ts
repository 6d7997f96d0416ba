import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { newNodeKey } from "../../../network/besu/node-key.ts";
import { genesisOf, genesisText, type GenesisInput } from "../../../network/genesis/genesis.ts";
import { fromHex, toHex } from "../../../network/hex.ts";
import { decodeRlp, encodeRlp } from "../../../node-agent/src/encoding/rlp.ts";
import { besuOrSkip } from "../../support/besu.ts";

const agreed: Omit<GenesisInput, "protocol" | "validators"> = {
  chainId: 4711,
  blockPeriodSeconds: 2,
  requestTimeoutSeconds: 4,
  epochLength: 30_000,
  emptyBlockPeriodSeconds: 60,
  forks: { pragueTime: 1_900_000_000, osakaTime: null },
  gasLimit: 100_000_000,
  genesisTime: 1_790_000_000,
  alloc: { "0x2222222222222222222222222222222222222222": { balance: "0x1", nonce: "0x3", code: "0x6001", storage: { "0x1": "0x2" } }, "0x1111111111111111111111111111111111111111": { balance: "0x0" } },
};

type Generated = { readonly genesis: Readonly<Record<string, unknown>>; readonly validators: readonly string[] };

/** What `besu operator generate-blockchain-config` makes of everything but extraData, and whose validators it wrote in. */
async function generated(t: ExecutionContext, command: string, genesis: Readonly<Record<string, unknown>>, nodes: Readonly<Record<string, unknown>>): Promise<Generated> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-generator-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const [config, to] = [join(dir, "config.json"), join(dir, "out")];
  await writeFile(config, JSON.stringify({ genesis, blockchain: { nodes } }));
  await promisify(execFile)(command, ["operator", "generate-blockchain-config", `--config-file=${config}`, `--to=${to}`, "--private-key-file-name=key"]);
  return { genesis: JSON.parse(await readFile(join(to, "genesis.json"), "utf8")) as Generated["genesis"], validators: await readdir(join(to, "keys")) };
}

/** The same extraData with its validators in ascending order. */
function ascending(extraData: unknown): string {
  const fields = decodeRlp(fromHex(String(extraData)));
  const [vanity, validators, ...rest] = fields instanceof Uint8Array ? [] : fields;
  if (vanity === undefined || validators === undefined || validators instanceof Uint8Array) throw new Error("no extraData");
  return toHex(encodeRlp([vanity, [...validators].sort((one, two) => Buffer.compare(one as Uint8Array, two as Uint8Array)), ...rest]));
}

for (const protocol of ["ibft2", "qbft"] as const)
  test(`${protocol}: the whole genesis is what Besu's own generator makes for the same validators`, async (t) => {
    t.timeout(600_000);
    const besu = await besuOrSkip(t);
    if (besu === null) return;
    // The generator writes validators in the order in which they are given; we write them ascending, as every later block has them.
    const keys = Array.from({ length: 5 }, newNodeKey).sort((one, two) => (one.address < two.address ? -1 : 1));
    const { extraData, ...rest } = genesisOf({ ...agreed, protocol, validators: keys.map(({ address }) => address) });

    const ofOurs = await generated(t, besu.command, rest, { generate: false, keys: keys.map(({ publicKey }) => `0x${publicKey}`) });
    t.deepEqual([...ofOurs.validators].sort(), keys.map(({ address }): string => address).sort(), "a public key has the same address to both");
    t.deepEqual(ofOurs.genesis, { ...rest, extraData });

    const ofTheirs = await generated(t, besu.command, rest, { generate: true, count: 4 });
    t.is(ofTheirs.validators.length, 4);
    t.deepEqual({ ...ofTheirs.genesis, extraData: ascending(ofTheirs.genesis["extraData"]) }, JSON.parse(genesisText(genesisOf({ ...agreed, protocol, validators: ofTheirs.validators }))), "and the other way round, for keys that Besu made");
  });
