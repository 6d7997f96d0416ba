import { CID } from "multiformats/cid";
import { isRaw, matchesAside } from "../../dag/block.ts";
import { writeCar } from "../../dag/car.ts";
import { fault } from "../../model/fault.ts";
import { byteReader } from "../../model/byte-reader.ts";
import type { Block, Leaf } from "../../ports/blocks.ts";
import { connectDaemon, jsonLines } from "./http.ts";
import { filePart } from "./multipart.ts";

const what = "Kubo";

/** Kubo answers 500 to everything that went otherwise; which it was, its message says. */
const saysAbsent = (text: string): boolean => /not found|could not find|is not pinned|not pinned or pinned indirectly|deadline exceeded/u.test(text);

export type Kubo = ReturnType<typeof connectKubo>;

/** Kubo's RPC (`/api/v0`, Kubo 0.43) as far as the agent needs it. `url` is its base. Throws IPFS_UNREACHABLE, IPFS_REFUSED. */
export function connectKubo(url: string) {
  const daemon = connectDaemon({ what, url, connections: 16 });
  const path = (command: string, options: Readonly<Record<string, string>> = {}): string => `/api/v0/${command}?${new URLSearchParams(options).toString()}`;
  const json = <Answer>(command: string, options: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer> => daemon.json<Answer>({ method: "POST", path: path(command, options), signal });

  /** The answer to a question about something that may be absent: null when Kubo says that it is. */
  async function ifThere(command: string, options: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Buffer<ArrayBuffer> | null> {
    try {
      const body = await daemon.ask({ method: "POST", path: path(command, options), signal });
      return Buffer.from(await body.arrayBuffer());
    } catch (error) {
      if (error instanceof Error && error.cause instanceof Error && saysAbsent(error.cause.message)) return null;
      throw error;
    }
  }

  return {
    json,
    /** A command with arguments in order, for its effect. */
    async command(command: string, args: readonly (readonly [string, string])[], signal: AbortSignal): Promise<void> {
      const query = new URLSearchParams(args.map(([name, value]) => [name, value]));
      const body = await daemon.ask({ method: "POST", path: `/api/v0/${command}?${query.toString()}`, signal });
      await body.dump();
    },
    async importTree(root: CID, blocks: AsyncIterable<Block>, signal: AbortSignal): Promise<void> {
      const body = await daemon.ask({ method: "POST", path: path("dag/import", { "pin-roots": "true" }), signal, ...filePart(writeCar([root], blocks)) });
      for await (const line of jsonLines<{ Root?: { Cid: Record<string, string>; PinErrorMsg: string } }>(body)) {
        if (line.Root?.Cid["/"] === root.toString() && line.Root.PinErrorMsg === "") return;
        if (line.Root !== undefined) throw fault("IPFS_REFUSED", { what, command: "dag/import", status: 200 }, new Error(line.Root.PinErrorMsg.slice(0, 300)));
      }
      throw fault("IPFS_REFUSED", { what, command: "dag/import", status: 200 }, new Error("the answer ended before it named the root"));
    },
    holds: async (root: CID, signal: AbortSignal): Promise<boolean> => (await ifThere("pin/ls", { arg: root.toString(), type: "recursive" }, signal)) !== null,
    async *kept(signal: AbortSignal): AsyncGenerator<CID, void, undefined> {
      const body = await daemon.ask({ method: "POST", path: path("pin/ls", { type: "recursive", stream: "true" }), signal });
      for await (const { Cid } of jsonLines<{ Cid: string }>(body)) {
        const cid = CID.parse(Cid);
        // Kubo keeps an empty directory of its own, of the old kind; studies are never of that kind.
        if (cid.version === 1) yield cid;
      }
    },
    async release(root: CID, signal: AbortSignal): Promise<void> {
      await ifThere("pin/rm", { arg: root.toString() }, signal);
    },
    async pin(root: CID, signal: AbortSignal): Promise<void> {
      await json("pin/add", { arg: root.toString() }, signal);
    },
    async collect(signal: AbortSignal): Promise<void> {
      const body = await daemon.ask({ method: "POST", path: path("repo/gc", { quiet: "true" }), signal });
      for await (const _part of body);
    },
    async block(cid: CID, signal: AbortSignal): Promise<{ readonly bytes: Buffer<ArrayBuffer>; readonly good: boolean } | null> {
      const bytes = await ifThere("block/get", { arg: cid.toString(), offline: "true" }, signal);
      return bytes === null ? null : { bytes, good: await matchesAside(cid, bytes) };
    },
    /**
     * The bytes of these leaves, not verified: Kubo's `cat` joins its arguments, and a leaf is a file by itself. Fewer than asked for where one of them is not here,
     * or not of its size.
     */
    async leaves(leaves: readonly Leaf[], signal: AbortSignal): Promise<Buffer<ArrayBuffer>[]> {
      const query = new URLSearchParams([["offline", "true"], ...leaves.map(({ cid }) => ["arg", cid.toString()])]);
      const found: Buffer<ArrayBuffer>[] = [];
      try {
        const reader = byteReader(await daemon.ask({ method: "POST", path: `/api/v0/cat?${query.toString()}`, signal }));
        for (const { size } of leaves) {
          const bytes = Buffer.allocUnsafeSlow(size);
          if ((await reader.fill(bytes)) < size) break;
          found.push(bytes);
        }
        await reader.close();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Error && error.cause instanceof Error && saysAbsent(error.cause.message))) throw error;
      }
      return found;
    },
    /** As `block`, but asked of the connected Kubos where it is not here. */
    async fetchBlock(cid: CID, patienceMs: number, signal: AbortSignal): Promise<{ readonly bytes: Buffer<ArrayBuffer>; readonly good: boolean } | null> {
      const bytes = await ifThere("block/get", { arg: cid.toString(), timeout: `${patienceMs}ms` }, signal);
      return bytes === null ? null : { bytes, good: await matchesAside(cid, bytes) };
    },
    has: async (cid: CID, signal: AbortSignal): Promise<boolean> => (await ifThere("block/stat", { arg: cid.toString(), offline: "true" }, signal)) !== null,
    /** The root through which a block is kept; null when nothing keeps it. */
    async keptThrough(cid: CID, signal: AbortSignal): Promise<CID | null> {
      const bytes = await ifThere("pin/ls", { arg: cid.toString(), type: "all" }, signal);
      if (bytes === null) return null;
      const { Keys } = JSON.parse(bytes.toString("utf8")) as { Keys: Record<string, { Type: string }> };
      const type = Keys[cid.toString()]?.Type ?? "";
      const through = /^indirect through (\S+)$/u.exec(type)?.[1];
      return through === undefined ? cid : CID.parse(through);
    },
    async putBlock({ cid, bytes }: Block, signal: AbortSignal): Promise<void> {
      const codec = isRaw(cid) ? "raw" : "dag-pb";
      const answer = await daemon.json<{ Key: string }>({ method: "POST", path: path("block/put", { "cid-codec": codec, mhtype: "sha2-256" }), signal, ...filePart([bytes]) });
      if (answer.Key !== cid.toString()) throw fault("IPFS_REFUSED", { what, command: "block/put", status: 200 });
    },
    async removeBlock(cid: CID, signal: AbortSignal): Promise<void> {
      const body = await daemon.ask({ method: "POST", path: path("block/rm", { arg: cid.toString(), force: "true" }), signal });
      for await (const line of jsonLines<{ Error?: string }>(body)) {
        if (line.Error !== undefined && line.Error !== "") throw fault("IPFS_REFUSED", { what, command: "block/rm", status: 200 }, new Error(line.Error.slice(0, 300)));
      }
    },
    close: () => daemon.close(),
  };
}
