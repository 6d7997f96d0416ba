import { createHash, randomBytes } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import type { CID } from "multiformats/cid";
import { layerBlocks } from "../../../node-agent/src/blocks/ipfs/layered.ts";
import { cidOfRoot, digestOfCid } from "../../../node-agent/src/dag/block.ts";
import { blocksBelow } from "../../../node-agent/src/dag/walk.ts";
import type { ClusterStore, HospitalContext } from "../../../node-agent/src/flows/context.ts";
import { PinWatch } from "../../../node-agent/src/flows/pin-watch.ts";
import { spareFolder } from "../../../node-agent/src/flows/spare-folder.ts";
import { releaseUnwanted } from "../../../node-agent/src/flows/tend-kubo.ts";
import type { LedgerFact } from "../../../node-agent/src/model/ledger-events.ts";
import { address, type Digest, digest, memberId, studyId } from "../../../node-agent/src/model/ids.ts";
import type { PeerPin, Pinning } from "../../../node-agent/src/ports/pinning.ts";
import { Town } from "./support/room.ts";
import { publish, slices, store } from "./support/studies.ts";

const own = "own-peer";
const id = (): `0x${string}` => `0x${randomBytes(32).toString("hex")}`;
const peer = (member: number): string => (member === 1 ? own : `peer-${member}`);

/** Everybody's cluster peer, as the registry would name it. */
const nodes = (member: number): LedgerFact => ({
  kind: "MemberNodesChanged",
  member: memberId(member),
  nodes: [{ enodeKey: `0x${createHash("sha512").update(String(member)).digest("hex")}`, host: "127.0.0.1", port: 4001, validator: false, ipfsPeerId: `kubo-${member}`, clusterPeerId: peer(member) }],
});

const whys = ["own", "being shared", "being fetched", "standing, chosen here", "standing, on no list", "standing, too few others", "standing, moved elsewhere", "withdrawn", "unknown, listed", "unknown, fresh"] as const;
type Why = (typeof whys)[number];
/** What may go: the rest is pinned, written, read or the only copy. */
const mayGo: ReadonlySet<Why> = new Set(["standing, moved elsewhere", "withdrawn"]);

test("the sweep of Kubo's roots gives up what nobody needs and nothing else, in any mixture", async (t) => {
  t.timeout(300_000);
  const town = new Town();
  t.teardown(() => town.close());
  await town.open(4, { replicas: 2 });
  const base = town.at(1);
  town.tell([1, 2, 3, 4].map(nodes));
  const patient = address(`0x${randomBytes(20).toString("hex")}`);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...whys), { minLength: 1, maxLength: 14 }), fc.boolean(), async (mixture, unfit) => {
      const roots = mixture.map((why) => ({ why, root: digest(id()), study: studyId(id()) }));
      const facts: LedgerFact[] = [];
      const withdrawals: LedgerFact[] = [];
      const mine: { root: Digest; state: string }[] = [];
      const runs: { flow: string; input: unknown }[] = [];
      const statuses = new Map<Digest, PeerPin[]>();
      const listed = new Set<Digest>();
      const says = (root: Digest, states: Readonly<Record<number, PeerPin["state"]>>): void => {
        statuses.set(root, Object.entries(states).map(([member, state]) => ({ peer: peer(Number(member)), state, since: 0 })));
        listed.add(root);
      };
      for (const { why, root, study } of roots) {
        if (why.startsWith("standing") || why === "withdrawn") facts.push({ kind: "StudyRegistered", study, custodian: memberId(2), patient, root });
        if (why === "withdrawn") withdrawals.push({ kind: "StudyWithdrawn", study, custodian: memberId(2), patient, reason: 0 });
        if (why === "own") mine.push({ root, state: "registered" });
        if (why === "being shared" || why === "being fetched") runs.push({ flow: why === "being shared" ? "shareStudy" : "fetchStudy", input: { root } });
        if (why === "standing, chosen here") says(root, { 1: "pinned", 2: "pinned", 3: "elsewhere" });
        if (why === "standing, too few others") says(root, { 1: "elsewhere", 2: "pinned", 3: "failed" });
        if (why === "standing, moved elsewhere") says(root, { 1: "elsewhere", 2: "pinned", 3: "pinned" });
        if (why === "unknown, listed") says(root, { 1: "pinned" });
      }
      if (facts.length > 0) town.tell(facts);
      if (withdrawals.length > 0) town.tell(withdrawals);
      const gone = new Set<Digest>();
      const pinning = {
        identity: async () => ({ cluster: own, kubo: "kubo-1", clusterPeers: [] }),
        async *kept() {
          for (const { root } of roots) if (!gone.has(root)) yield cidOfRoot(root);
        },
        status: async (cid: CID) => statuses.get(digestOfCid(cid)) ?? [],
        allocations: async (cid: CID) => (listed.has(digestOfCid(cid)) ? [own] : null),
        release: async (cid: CID) => void gone.add(digestOfCid(cid)),
      } as unknown as Pinning;
      const cluster: ClusterStore = { pinning, mostReplicas: 3, folderBytes: null, watch: new PinWatch() };
      const context: HospitalContext = {
        ...base,
        cluster,
        catalogue: { ...base.catalogue, studies: () => mine as unknown as ReturnType<HospitalContext["catalogue"]["studies"]> },
        journal: { ...base.journal, unfinished: () => runs as unknown as ReturnType<HospitalContext["journal"]["unfinished"]> },
        ...(unfit ? { watch: Object.assign(Object.create(base.watch) as HospitalContext["watch"], { unfit: () => new Error("behind") as never }) } : {}),
      };
      const unwanted = new Map();
      await releaseUnwanted(context, cluster, unwanted);
      for (const { why, root } of roots) t.is(gone.has(root), !unfit && mayGo.has(why), `${why}${unfit ? ", chain not read" : ""}`);
      // What nobody has named for an hour goes; named meanwhile, it stays.
      for (const { why, root } of roots) if (why === "unknown, fresh" && !unfit) t.true(unwanted.has(root));
      for (const root of unwanted.keys()) unwanted.set(root, 0);
      await releaseUnwanted(context, cluster, unwanted);
      for (const { why, root } of roots) t.is(gone.has(root), !unfit && (mayGo.has(why) || why === "unknown, fresh"), `${why}, an hour later`);
    }),
    { numRuns: 40 },
  );
});

test("the folder gives up only what Kubo keeps whole as a registered study; readers meanwhile read on", async (t) => {
  t.timeout(300_000);
  const town = new Town();
  t.teardown(() => town.close());
  await town.open(2, { replicas: 2 });
  const base = town.at(1);
  const kubo = new Map<string, Uint8Array>();
  const keptRoots = new Set<string>();
  const pinning = {
    holds: async (cid: CID) => keptRoots.has(cid.toString()),
    block: async (cid: CID) => kubo.get(cid.toString()) ?? null,
    has: async (cid: CID) => kubo.has(cid.toString()),
  } as unknown as Pinning;
  const { damaged: _damaged, ...blocks } = layerBlocks(base.blocks, pinning, new AbortController().signal, base.log);
  const context: HospitalContext = { ...base, blocks };
  type Case = { readonly registered: boolean; readonly kept: boolean };
  const made: (Case & { readonly blocks: Map<string, { readonly cid: CID; readonly bytes: Uint8Array }> })[] = [];
  const cases: Case[] = [{ registered: true, kept: true }, { registered: true, kept: false }, { registered: false, kept: true }, { registered: true, kept: true }];
  for (const one of cases) {
    const known = new Set(context.catalogue.studies().map(({ study }) => study));
    await store(context, slices(2));
    const fresh = context.catalogue.studies().find(({ study }) => !known.has(study));
    if (fresh === undefined) return t.fail("nothing was stored");
    const { root } = await publish(town, context, fresh.study);
    const top = cidOfRoot(root ?? digest(id()));
    const all = new Map<string, { cid: CID; bytes: Uint8Array }>();
    for await (const block of blocksBelow(top, (cid) => base.blocks.get(cid))) all.set(block.cid.toString(), block);
    if (one.kept) {
      keptRoots.add(top.toString());
      for (const [key, { bytes }] of all) kubo.set(key, bytes);
    }
    // An instance came late: its study waits for a new root.
    if (!one.registered) context.catalogue.updateStudy(fresh.study, { state: "receiving" });
    made.push({ ...one, blocks: all });
  }
  const readAll = async (): Promise<void> => {
    for (const { blocks: all } of made) for (const { cid, bytes } of all.values()) t.deepEqual(Buffer.from((await blocks.get(cid)) ?? []), Buffer.from(bytes));
  };
  const cluster: ClusterStore = { pinning, mostReplicas: 3, folderBytes: 1, watch: new PinWatch() };
  t.is(await spareFolder(context, { ...cluster, folderBytes: null }), 0, "without a limit nothing goes");
  const [spared] = await Promise.all([spareFolder(context, cluster), readAll(), readAll()]);
  t.true(spared >= 1);
  await readAll();
  for (const { registered, kept, blocks: all } of made)
    for (const { cid } of all.values()) t.is(await base.blocks.has(cid), !(registered && kept), `${registered ? "registered" : "receiving"}, ${kept ? "" : "not "}kept by Kubo`);
});
