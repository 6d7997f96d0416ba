import { createHash, createHmac } from "node:crypto";
import { z } from "zod";
import { cidOfRoot, digestOfCid } from "../dag/block.ts";
import { buildFileOf } from "../dag/build-file.ts";
import { buildTree } from "../dag/build-directory.ts";
import type { Get } from "../dag/node.ts";
import { newSessionKey, unwrapSessionKey, wrapSessionKey } from "../envelope/session-key.ts";
import { sealBuffer } from "../envelope/seal.ts";
import { fault } from "../model/fault.ts";
import { type Digest, digest, type MemberId, type StudyId, studyId } from "../model/ids.ts";
import type { Block } from "../ports/blocks.ts";
import type { HospitalContext } from "./context.ts";
import { fetchTree } from "./fetch-tree.ts";
import { forgetForeignTree } from "./forget-blocks.ts";
import { openWhole } from "./open-object.ts";
import { replicaOrder } from "./place-replicas.ts";
import { objectAt } from "./read-manifest.ts";
import { ownWrappedKey } from "./recover-study.ts";

const name = "enrolments.pgp";
const form = z.strictObject({
  format: z.literal("fiducial-enrolments/1"),
  /** Higher is newer. */
  sequence: z.int().min(1),
  patients: z.array(z.strictObject({ patientId: z.string(), issuer: z.string(), xpub: z.string() })),
});
type Register = z.output<typeof form>;

/**
 * The name under which other members keep this hospital's register of enrolled wallets: from the keyring alone, so that it is found again from nothing
 * else, and no study on the chain has it.
 */
export const registerId = ({ keyring }: Pick<HospitalContext, "keyring">): StudyId => studyId(`0x${createHmac("sha256", keyring.indexKey).update("fiducial enrolment register").digest("hex")}`);

const enrolled = ({ catalogue }: HospitalContext): Register["patients"] =>
  catalogue
    .patients()
    .flatMap(({ patientId, issuer, xpub }) => (xpub === null ? [] : [{ patientId, issuer, xpub }]))
    .sort((one, two) => (JSON.stringify(one) < JSON.stringify(two) ? -1 : 1));

/** Digest of who is enrolled: the register is placed anew when it changes. */
export const enrolmentsDigest = (context: HospitalContext): string => createHash("sha256").update(JSON.stringify(enrolled(context))).digest("hex");

/** The digest of nobody: no register is needed. */
export const nobody = createHash("sha256").update("[]").digest("hex");

/** Whether this catalogue has placed a register before, so that nothing older has to be looked for. */
export const hasPlaced = (context: HospitalContext): boolean => context.catalogue.pins({ study: registerId(context), holder: context.self.member }).length > 0;

async function sealRegister(context: HospitalContext, register: Register): Promise<Digest> {
  const sessionKey = newSessionKey();
  const prefix = await wrapSessionKey(sessionKey, context.keyring.identity.certificate);
  const built = buildFileOf(sealBuffer({ sessionKey, prefix, plain: Buffer.from(JSON.stringify(register)) }));
  const blocks: Block[] = [...built.blocks];
  const root = await buildTree([{ path: name, cid: built.cid, tsize: built.tsize }], (block) => void blocks.push(block));
  await context.blocks.putMany(blocks);
  return digestOfCid(root.cid);
}

/**
 * Seals the list of enrolled wallets to this hospital's own certificate and has other members keep it, as many as keep a study. What a patient enrolled
 * before the first study was shared then survives the loss of the disk. Throws REPLICAS_UNREACHABLE while too few members keep it.
 */
export async function placeEnrolments(context: HospitalContext): Promise<void> {
  const { catalogue, self, settings, peers, signal, clock, log } = context;
  const id = registerId(context);
  const before = catalogue.pins({ study: id, holder: self.member });
  const root = await sealRegister(context, { format: "fiducial-enrolments/1", sequence: clock.now(), patients: enrolled(context) });
  // The order is that of the register, not of its content: the same members keep it every time.
  const order = replicaOrder(context, digest(id));
  const wanted = Math.min(settings.replicas - 1, order.length);
  const holders: MemberId[] = [];
  for (const member of order) {
    if (holders.length >= wanted) break;
    try {
      await peers.pin(member, id, cidOfRoot(root), signal);
      holders.push(member);
    } catch (error) {
      log.warn("the register of enrolments was not placed", { member }, error);
    }
  }
  catalogue.putPin({ study: id, root, owner: self.member, holder: self.member });
  log.info("register of enrolments kept by other members", { members: holders.length });
  for (const pin of before) await forgetForeignTree(context, id, pin.root);
  if (holders.length < wanted) throw fault("REPLICAS_UNREACHABLE", { have: holders.length + 1, want: wanted + 1 });
}

async function openRegister(context: HospitalContext, root: Digest, sources: readonly MemberId[]): Promise<Register> {
  await fetchTree(context, { study: registerId(context), root, sources });
  const get: Get = (cid) => context.blocks.get(cid);
  const ref = await objectAt(root, name, get);
  const key = await unwrapSessionKey(await ownWrappedKey(ref, get), context.keyring.identity.privateKey);
  const parsed = form.safeParse(JSON.parse((await openWhole(key, ref, get)).toString("utf8")));
  if (!parsed.success) throw fault("MANIFEST_MALFORMED", { what: "a register of enrolments" });
  return parsed.data;
}

/**
 * Finds the newest register that any member keeps for us and enrols again whom the catalogue does not know. Resolves when every active hospital has
 * answered; throws PEER_ faults while one has not, after having taken in what the others keep, and is called again. Gives the patients enrolled anew.
 */
export async function recoverEnrolments(context: HospitalContext): Promise<number> {
  const { catalogue, peers, signal, log } = context;
  const id = registerId(context);
  const keepers = new Map<Digest, MemberId[]>();
  let silent: { readonly error: unknown } | null = null;
  for (const member of replicaOrder(context, digest(id))) {
    try {
      for (const { study, root } of await peers.pinned(member, signal)) if (study === id) keepers.set(root, [...(keepers.get(root) ?? []), member]);
    } catch (error) {
      signal.throwIfAborted();
      silent = { error };
    }
  }
  const found: Register[] = [];
  for (const [root, members] of keepers) {
    try {
      found.push(await openRegister(context, root, members));
    } catch (error) {
      signal.throwIfAborted();
      log.warn("a register of enrolments cannot be read", { keepers: members.length }, error);
      silent ??= { error };
    }
  }
  const newest = found.sort((one, two) => two.sequence - one.sequence)[0];
  let anew = 0;
  for (const { patientId, issuer, xpub } of newest?.patients ?? []) {
    const known = catalogue.patient(patientId, issuer);
    if (known !== null && known.xpub !== null) continue;
    catalogue.putPatient({ patientId, issuer, xpub, nextIndex: known?.nextIndex ?? 0 });
    anew++;
  }
  if (anew > 0) log.info("enrolments recovered", { patients: anew });
  if (silent !== null) throw silent.error;
  return anew;
}
