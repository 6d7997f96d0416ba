import { appendFileSync } from "node:fs";
import hre from "hardhat";
import { hexToNumber, numberToHex, type Hex } from "viem";
import type { Rpc } from "../../../scripts/deploy/sender.ts";

type Step = { readonly pc: number; readonly op: string; readonly depth: number };
type Call = { readonly type: string; readonly to?: Hex; readonly calls?: readonly Call[] };
type Known = { readonly name: string; readonly code: Buffer; readonly holes: readonly { readonly start: number; readonly length: number }[] };

/** Code as deployed, with the immutables blanked out. */
function blanked(code: Buffer, holes: Known["holes"]): Buffer {
  const copy = Buffer.from(code);
  for (const { start, length } of holes) copy.fill(0, start, start + length);
  return copy;
}

async function knownCodes(): Promise<Known[]> {
  const known: Known[] = [];
  for (const full of await hre.artifacts.getAllFullyQualifiedNames()) {
    if (!full.startsWith("contracts/") || full.startsWith("contracts/test/")) continue;
    const { contractName, deployedBytecode, immutableReferences = {} } = await hre.artifacts.readArtifact(full);
    const holes = Object.values(immutableReferences as Readonly<Record<string, Known["holes"]>>).flat();
    if (deployedBytecode !== "0x") known.push({ name: contractName, code: blanked(Buffer.from(deployedBytecode.slice(2), "hex"), holes), holes });
  }
  return known;
}

const flat = (call: Call): readonly Call[] => [call, ...(call.calls ?? []).flatMap(flat)];

/**
 * Wraps a chain so that every transaction and every call on it is traced, and each conditional jump of our contracts noted in `file`,
 * once for each way it went: "contract pc 0|1". Throws when a trace cannot be followed, so that nothing is missed in silence.
 */
export async function recordBranches(rpc: Rpc, file: string): Promise<Rpc> {
  const known = await knownCodes();
  const names = new Map<string, Promise<string | undefined | null>>();
  const noted = new Set<string>();
  const options = { disableStack: true, disableMemory: true, disableStorage: true };

  /** The contract at an address: undefined when it is none of ours, null when there is no code. */
  async function nameAt(address: Hex): Promise<string | undefined | null> {
    const code = Buffer.from(((await rpc.request({ method: "eth_getCode", params: [address, "latest"] })) as Hex).slice(2), "hex");
    if (code.length === 0) return null;
    return known.find((item) => item.code.length === code.length && blanked(code, item.holes).equals(item.code))?.name;
  }

  /** The contract of every frame that ran code, in the order in which they began. */
  async function frames(root: Call): Promise<(string | undefined)[]> {
    const ran: (string | undefined)[] = [];
    for (const { type, to } of flat(root)) {
      if (type.startsWith("CREATE") || to === undefined) {
        ran.push(undefined);
        continue;
      }
      const name = names.get(to) ?? nameAt(to);
      names.set(to, name);
      const found = await name;
      if (found === null) names.delete(to);
      else ran.push(found);
    }
    return ran;
  }

  async function note(method: string, params: readonly unknown[]): Promise<void> {
    const root = (await rpc.request({ method, params: [...params, { tracer: "callTracer" }] })) as Call;
    const { structLogs } = (await rpc.request({ method, params: [...params, options] })) as { structLogs: readonly Step[] };
    const entered = (await frames(root)).values();
    const stack: (string | undefined)[] = [];
    for (const [index, { pc, op, depth }] of structLogs.entries()) {
      while (stack.length > depth) stack.pop();
      if (stack.length < depth) {
        const next = entered.next();
        if (next.done === true) throw new Error("a trace has more frames than calls");
        stack.push(next.value);
      }
      const name = stack[depth - 1];
      const after = structLogs[index + 1];
      if (op !== "JUMPI" || name === undefined || after === undefined) continue;
      const line = `${name} ${pc} ${after.pc === pc + 1 ? 0 : 1}`;
      if (noted.has(line)) continue;
      noted.add(line);
      appendFileSync(file, `${line}\n`);
    }
    if (entered.next().done !== true && structLogs.length > 0) throw new Error("a trace has fewer frames than calls");
  }

  let looked = 0;
  /** Every block since the last one looked at: tests of one file may send at the same time, and a failed send names no hash. */
  async function noteBlocks(): Promise<void> {
    const latest = hexToNumber((await rpc.request({ method: "eth_blockNumber" })) as Hex);
    const from = Math.min(looked + 1, latest);
    looked = latest;
    for (let number = from; number <= latest; number++) {
      const block = (await rpc.request({ method: "eth_getBlockByNumber", params: [numberToHex(number), false] })) as { transactions: readonly Hex[] };
      for (const hash of block.transactions) await note("debug_traceTransaction", [hash]);
    }
  }

  return {
    async request(call) {
      try {
        return await rpc.request(call);
      } finally {
        const params = Array.isArray(call.params) ? call.params : [];
        if (call.method === "eth_call") await note("debug_traceCall", [params[0], params[1] ?? "latest"]);
        if (call.method === "eth_sendTransaction" || call.method === "eth_sendRawTransaction") {
          await noteBlocks();
        }
      }
    },
  };
}
