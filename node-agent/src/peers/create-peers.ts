import { createHash } from "node:crypto";
import { digestOfCid, largestBlock, verifyBlock } from "../dag/block.ts";
import { readCar } from "../dag/car.ts";
import { fault } from "../model/fault.ts";
import { type Digest, digest, type MemberId, type StudyId, studyId } from "../model/ids.ts";
import type { Clock } from "../ports/clock.ts";
import type { Peers } from "../ports/peers.ts";
import { ask, unreachable } from "./ask.ts";
import { openConnections, type ProfileOf } from "./connections.ts";
import type { TlsCredentials } from "./pinned-connector.ts";
import { readApplicationAnswer } from "./read-application.ts";
import { jsonIn, readProbe } from "./read-probe.ts";
import { discard, readAll, refusal } from "./read-answer.ts";

export type PeersOptions = {
  /** The keyring's TLS key pair. */
  readonly credentials: TlsCredentials;
  /** Read anew for every question, so that a change in MemberRegistry counts from the next one. */
  readonly profileOf: ProfileOf;
  readonly clock: Clock;
  /** Milliseconds for connecting, for the head of an answer, between two pieces of a body, for a peer to fetch and keep a replica, and for our turn in a peer's queue. */
  readonly timeouts?: { readonly connectMs?: number; readonly headersMs?: number; readonly bodyMs?: number; readonly pinMs?: number; readonly turnMs?: number };
};

const probeLimit = 65_536;
const probeMs = 30_000;
const registerMs = 120_000;
const certificateLimit = 65_536;
const keyLimit = 16_384;
/** A member keeps at most some ten thousand roots for another: 140 bytes each. */
const pinsLimit = 16 << 20;
const rawType = "application/vnd.ipld.raw";
const carType = "application/vnd.ipld.car";

const hex32 = /^0x[0-9a-f]{64}$/u;
const isPin = (one: unknown): one is { readonly study: string; readonly root: string } =>
  typeof one === "object" && one !== null && "study" in one && "root" in one && typeof one.study === "string" && typeof one.root === "string" && hex32.test(one.study) && hex32.test(one.root);

function pinsIn(member: MemberId, bytes: Buffer): { study: StudyId; root: Digest }[] {
  try {
    const { pins } = JSON.parse(bytes.toString("utf8")) as { readonly pins?: unknown };
    if (Array.isArray(pins) && pins.every(isPin)) return pins.map(({ study, root }) => ({ study: studyId(study), root: digest(root) }));
  } catch {
    // Told below, without what it said.
  }
  throw fault("PEER_BAD_ANSWER", { member, what: "its list of roots is none" });
}

/** The adapter of the Peers port over HTTPS with mutual TLS 1.3, both ends pinned to MemberRegistry. */
export function createPeers(options: PeersOptions): Peers {
  const { connectMs = 5000, headersMs = 30_000, bodyMs = 30_000, pinMs = 1_800_000, turnMs = 120_000 } = options.timeouts ?? {};
  const connections = openConnections({ credentials: options.credentials, profileOf: options.profileOf, connectMs, headersMs, bodyMs });
  const to = (question: Parameters<typeof ask>[3], member: Parameters<typeof ask>[2]) => ask(connections, options.clock, member, question);
  return {
    async certificate(member) {
      const answer = await to({ method: "GET", path: "/certificate" }, member);
      if (answer.status !== 200) throw await refusal(member, answer);
      const bytes = await readAll(member, answer, certificateLimit);
      const digest = `0x${createHash("sha256").update(bytes).digest("hex")}`;
      if (digest !== answer.profile.openpgpSha256) throw fault("PEER_CERTIFICATE_MISMATCH", { member });
      return bytes;
    },

    async releasedKey(custodian, request, signal) {
      const answer = await to({ method: "GET", path: `/keys/${request}`, signal }, custodian);
      if (answer.status === 200) return await readAll(custodian, answer, keyLimit, signal);
      if (answer.status !== 204) throw await refusal(custodian, answer, signal);
      await answer.body.dump();
      return null;
    },

    async block(member, cid, signal) {
      const answer = await to({ method: "GET", path: `/ipfs/${cid}?format=raw`, accept: rawType, signal }, member);
      if (answer.status === 404) {
        await answer.body.dump();
        return null;
      }
      if (answer.status !== 200) throw await refusal(member, answer, signal);
      const bytes = await readAll(member, answer, largestBlock, signal);
      verifyBlock(cid, bytes);
      return bytes;
    },

    async *blocks(member, cids, access, signal) {
      const asked = { cids: cids.map(String), ...(access === null ? {} : { request: access }) };
      const answer = await to({ method: "POST", path: "/blocks", accept: carType, json: asked, signal, headersMs: turnMs }, member);
      if (answer.status !== 200) throw await refusal(member, answer, signal);
      if (answer.contentType !== carType) {
        discard(answer);
        throw fault("PEER_BAD_ANSWER", { member, what: "it is not a CAR" });
      }
      try {
        const { blocks } = await readCar(answer.body);
        yield* blocks;
      } catch (error) {
        signal.throwIfAborted();
        throw unreachable(member, error);
      } finally {
        // A reader that stops early must not leave the peer sending.
        discard(answer);
      }
    },

    async pin(member, study, root, signal) {
      const answer = await to({ method: "POST", path: "/pins", json: { study, root: digestOfCid(root) }, signal, headersMs: pinMs }, member);
      if (answer.status < 200 || answer.status > 299) throw await refusal(member, answer, signal);
      await answer.body.dump();
    },

    async pinned(member, signal) {
      const answer = await to({ method: "GET", path: "/pins", accept: "application/json", signal }, member);
      if (answer.status !== 200) throw await refusal(member, answer, signal);
      return pinsIn(member, await readAll(member, answer, pinsLimit, signal));
    },

    async unpin(member, study, root, signal) {
      const answer = await to({ method: "DELETE", path: "/pins", json: { study, root: digestOfCid(root) }, signal }, member);
      if ((answer.status < 200 || answer.status > 299) && answer.status !== 404) throw await refusal(member, answer, signal);
      await answer.body.dump();
    },

    async probe(member, signal) {
      const answer = await to({ method: "POST", path: "/probe", signal, headersMs: probeMs }, member);
      if (answer.status !== 200) throw await refusal(member, answer, signal);
      return readProbe(member, await readAll(member, answer, probeLimit, signal));
    },

    async application(member, signal) {
      const answer = await to({ method: "POST", path: "/application", signal }, member);
      if (answer.status !== 200) throw await refusal(member, answer, signal);
      return readApplicationAnswer(member, await readAll(member, answer, probeLimit, signal));
    },

    async register(member, raw, signal) {
      const answer = await to({ method: "POST", path: "/registrations", json: { raw }, signal, headersMs: registerMs }, member);
      if (answer.status !== 200) throw await refusal(member, answer, signal);
      const { block } = jsonIn(member, await readAll(member, answer, probeLimit, signal)) as { readonly block?: unknown };
      if (typeof block !== "number" || !Number.isSafeInteger(block)) throw fault("PEER_BAD_ANSWER", { member, what: "it names no block" });
      return block;
    },

    close: () => connections.close(),
  };
}
