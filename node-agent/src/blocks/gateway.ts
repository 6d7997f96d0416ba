import { largestBlock, verifyBlock } from "../dag/block.ts";
import { readCar } from "../dag/car.ts";
import { fault } from "../model/fault.ts";
import type { BlockSource } from "./source.ts";

/** The part of `fetch` a gateway reader needs; undici's and the platform's both fit. */
export type Fetch = (
  url: string,
  init: { readonly headers: Record<string, string>; readonly signal: AbortSignal; readonly redirect: "error" },
) => Promise<{ readonly status: number; readonly body: AsyncIterable<Uint8Array> | null }>;

const rawType = "application/vnd.ipld.raw";
const carType = "application/vnd.ipld.car; version=1; order=dfs; dups=n";
const absent = new Set([404, 410]);

/** The whole body, refused as soon as it passes what any block may hold. */
async function bounded(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > largestBlock) throw fault("BLOCK_TOO_LARGE", { bytes, limit: largestBlock });
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function discard(body: AsyncIterable<Uint8Array> | null): Promise<void> {
  if (body === null) return;
  // Leaving the loop at once cancels the body and frees its connection.
  for await (const _part of body) break;
}

/**
 * Reads blocks from an IPFS Trustless Gateway (specs.ipfs.tech, trustless-gateway: `/ipfs/{cid}?format=raw` and `?format=car`).
 * `baseUrl` is the origin, with or without a final slash. Every block is verified: BLOCK_MISMATCH, CAR_MALFORMED, BLOCK_TOO_LARGE.
 * 404 and 410 are null; other answers are BLOCKS_SOURCE_FAILED. Redirects are not followed.
 */
export function gatewaySource(input: { readonly name: string; readonly baseUrl: string; readonly fetch: Fetch }): BlockSource {
  const base = input.baseUrl.replace(/\/+$/u, "");
  const get = async (path: string, accept: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | null> => {
    const { status, body } = await input.fetch(`${base}${path}`, { headers: { accept }, signal, redirect: "error" });
    if (status === 200 && body !== null) return body;
    await discard(body);
    if (absent.has(status)) return null;
    throw fault("BLOCKS_SOURCE_FAILED", { source: input.name, status });
  };
  return {
    name: input.name,
    async block(cid, signal) {
      const body = await get(`/ipfs/${cid.toString()}?format=raw`, rawType, signal);
      if (body === null) return null;
      const bytes = await bounded(body);
      verifyBlock(cid, bytes);
      return bytes;
    },
    async *car(root, signal) {
      const body = await get(`/ipfs/${root.toString()}?format=car&dag-scope=all&car-order=dfs`, carType, signal);
      if (body === null) return;
      yield* (await readCar(body)).blocks;
    },
  };
}
