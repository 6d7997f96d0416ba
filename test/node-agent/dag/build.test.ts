import { randomBytes } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import { type ImportCandidate, importer } from "ipfs-unixfs-importer";
import { buildTree } from "../../../node-agent/src/dag/build-directory.ts";
import { buildFile, buildFileOf, leafBytes } from "../../../node-agent/src/dag/build-file.ts";
import { rawBlock } from "../../../node-agent/src/dag/block.ts";
import { readDirectory, resolve } from "../../../node-agent/src/dag/read-directory.ts";
import { catFile, catRange, fileSize } from "../../../node-agent/src/dag/read-file.ts";
import { walk } from "../../../node-agent/src/dag/walk.ts";
import { joined, pieces } from "../envelope/bytes.ts";
import { memory } from "./memory.ts";

type Store = Parameters<typeof importer>[1];

/** The last thing the reference importer reports: the root. */
async function reference(source: ImportCandidate[]): Promise<{ cid: string; tsize: number; blocks: number }> {
  const seen = new Set<string>();
  const store: Store = {
    put: async (cid) => {
      seen.add(cid.toString());
      return cid;
    },
  };
  let root = { cid: "", tsize: -1 };
  for await (const entry of importer(source, store, { profile: "unixfs-v1-2025" })) root = { cid: entry.cid.toString(), tsize: Number(entry.size) };
  return { ...root, blocks: seen.size };
}

const sizes = [0, 1, 5, leafBytes - 1, leafBytes, leafBytes + 1, 2 * leafBytes, 7 * leafBytes + 12_345];
for (const size of sizes) {
  test(`a file of ${size} bytes has the reference importer's root, streamed or whole`, async (t) => {
    const bytes = randomBytes(size);
    const wanted = await reference([{ content: pieces(bytes, leafBytes) }]);
    const store = memory();
    const whole = buildFileOf(bytes);
    for (const block of whole.blocks) store.put(block);
    t.is(whole.cid.toString(), wanted.cid);
    t.is(whole.tsize, wanted.tsize);
    t.is(whole.size, size);
    for (const step of [65_536, 1_000_003, 3 * leafBytes]) {
      const streamed = await buildFile(pieces(bytes, step), () => undefined);
      t.is(streamed.cid.toString(), wanted.cid, `in steps of ${step}`);
    }
    t.true((await joined(catFile(whole.cid, store.get))).equals(bytes));
  });
}

const zeros = Buffer.alloc(leafBytes);
async function* zeroLeaves(count: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let i = 0; i < count; i++) yield zeros;
}

// Sizes at which the reference library's own 64-bit encoding is sound: it is not where a size modulo 4 GiB is 2 GiB or more.
for (const leaves of [1024, 1025]) {
  test(`a file of ${leaves} MiB has the reference importer's root`, async (t) => {
    const wanted = await reference([{ content: zeroLeaves(leaves) }]);
    const built = await buildFile(zeroLeaves(leaves), () => undefined);
    t.is(built.cid.toString(), wanted.cid);
    t.is(built.tsize, wanted.tsize);
    t.is(built.size, leaves * leafBytes);
  });
}

test("a file between 2 and 4 GiB says its true size and is read at its end", async (t) => {
  const store = memory();
  const last = Buffer.from("the last piece");
  const built = await buildFile(
    (async function* () {
      yield* zeroLeaves(2050);
      yield last;
    })(),
    store.put,
  );
  const size = 2050 * leafBytes + last.length;
  t.is(await fileSize(built.cid, store.get), size);
  t.true((await joined(catRange(built.cid, { start: size - last.length, end: size }, store.get))).equals(last));
});

test("a piece reused by its source does not change a leaf", async (t) => {
  const scratch = Buffer.alloc(leafBytes / 2);
  const store = memory();
  const built = await buildFile(
    (async function* () {
      for (let i = 0; i < 5; i++) {
        scratch.fill(i);
        yield scratch;
      }
    })(),
    store.put,
  );
  const back = await joined(catFile(built.cid, store.get));
  for (let i = 0; i < 5; i++) t.is(back[i * scratch.length], i);
});

/** Around 4,200 entries of this name length a directory's block passes 256 KiB and becomes a HAMT. */
for (const instances of [0, 1, 200, 4600, 5000, 20_000]) {
  test(`a study of ${instances} instances has the reference root, and every entry is found again`, async (t) => {
    const files = [
      { path: "manifest.pgp", content: Buffer.from("manifest") },
      { path: "series/0001.pgp", content: Buffer.from("series") },
      ...Array.from({ length: instances }, (_, i) => ({ path: `instances/${String(i + 1).padStart(6, "0")}.pgp`, content: Buffer.from(`instance ${i}`) })),
    ];
    const wanted = await reference(files.map((file) => ({ ...file, path: `study/${file.path}` })));
    const store = memory();
    const built = await buildTree(
      files.map(({ path, content }) => {
        const block = rawBlock(content);
        store.put(block);
        return { path, cid: block.cid, tsize: content.length };
      }),
      store.put,
    );
    t.is(built.cid.toString(), wanted.cid);
    t.is(built.tsize, wanted.tsize);
    let walked = 0;
    for await (const cid of walk(built.cid, store.get)) walked += store.has(cid) ? 1 : Number.NaN;
    t.is(walked, wanted.blocks);
    t.is(await resolve(built.cid, "instances/none.pgp", store.get), null);
    t.is(await resolve(built.cid, "none/000001.pgp", store.get), null);
    const folder = await resolve(built.cid, "instances", store.get);
    if (instances === 0 || folder === null) {
      t.is(folder, null);
      return;
    }
    const names = new Set<string>();
    for await (const entry of readDirectory(folder.cid, store.get)) names.add(entry.name);
    t.is(names.size, instances);
    for (const i of [0, instances >> 1, instances - 1]) {
      const found = await resolve(built.cid, `instances/${String(i + 1).padStart(6, "0")}.pgp`, store.get);
      t.is(found?.cid.toString(), rawBlock(Buffer.from(`instance ${i}`)).cid.toString());
    }
  });
}

test("the step from flat to sharded comes at the very entry where the reference takes it", async (t) => {
  const block = rawBlock(Buffer.from("x"));
  const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `${String(i).padStart(6, "0")}.pgp`);
  const built = async (count: number): Promise<{ root: string; blocks: number }> => {
    let blocks = 0;
    const { cid } = await buildTree(
      names(count).map((path) => ({ path, cid: block.cid, tsize: 1 })),
      () => void blocks++,
    );
    return { root: cid.toString(), blocks };
  };
  let [flat, sharded] = [4000, 6000];
  while (sharded - flat > 1) {
    const middle = (flat + sharded) >> 1;
    if ((await built(middle)).blocks === 1) flat = middle;
    else sharded = middle;
  }
  for (const count of [flat, sharded]) {
    const wanted = await reference(names(count).map((name) => ({ path: `d/${name}`, content: Buffer.from("x") })));
    t.is((await built(count)).root, wanted.cid, `${count} entries`);
  }
  t.is((await built(flat)).blocks, 1);
  t.true((await built(sharded)).blocks > 1);
});

test("any names: same root as the reference", async (t) => {
  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((s) => !s.includes("/") && !s.includes("\\") && s !== "." && s !== "..");
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { minLength: 2, maxLength: 30 }), async (names) => {
      const content = Buffer.from("c");
      const wanted = await reference(names.map((one) => ({ path: `d/${one}`, content })));
      const block = rawBlock(content);
      const built = await buildTree(
        names.map((path) => ({ path, cid: block.cid, tsize: 1 })),
        () => undefined,
      );
      t.is(built.cid.toString(), wanted.cid);
    }),
    { numRuns: 50 },
  );
});

test("names that cannot be entries are refused", async (t) => {
  const { cid } = rawBlock(Buffer.from("x"));
  for (const path of ["", ".", "..", "a/", "a//b"]) {
    await t.throwsAsync(buildTree([{ path, cid, tsize: 1 }], () => undefined), { code: "DAG_BAD_NAME" }, path);
  }
  await t.throwsAsync(buildTree([{ path: "a", cid, tsize: 1 }, { path: "a", cid, tsize: 1 }], () => undefined), { code: "DAG_BAD_NAME" });
});
