import type { Express } from "express";
import { z } from "zod";
import { fault } from "../../model/fault.ts";
import { type Digest, digest, type MemberId, type RequestId, requestId, type StudyId, studyId } from "../../model/ids.ts";
import type { MemberView } from "../../model/ledger-views.ts";
import type { ApplicationAnswer } from "../../model/application.ts";
import type { ProbeAnswer } from "../../model/probe.ts";
import type { Receipt } from "../../ports/ledger.ts";
import type { LedgerIndex } from "../../ports/ledger-index.ts";
import { type Handler, mount } from "../mount.ts";
import { policy, type RouteKey } from "../policy.ts";
import { beginApp, finishApp, type Observer } from "../server/base-app.ts";
import { jsonBody } from "../server/json-body.ts";
import { type BlockSource, serveIpfs } from "./gateway.ts";
import { type BlockStream, serveList } from "./block-list.ts";
import { applicantGuard, createPeerGuard } from "./guard.ts";

export type PinInput = { readonly owner: MemberId; readonly study: StudyId; readonly root: Digest };

export type PeerParts = {
  readonly observer: Observer;
  readonly index: Pick<LedgerIndex, "memberBySpki">;
  readonly source: BlockSource;
  readonly stream: BlockStream;
  /** This member's OpenPGP certificate, binary. */
  readonly certificate: Uint8Array;
  /** The wrapped key for a granted request, to its requester only; null while it is not ready. */
  readonly releaseKey: (input: { readonly requester: MemberId; readonly request: RequestId }) => Promise<Uint8Array | null> | Uint8Array | null;
  /** Fetches and keeps a replica; resolves when durable. */
  readonly keepReplica: (input: PinInput) => Promise<void>;
  /** What is kept here for a member. */
  readonly pinned: (owner: MemberId) => readonly { readonly study: StudyId; readonly root: Digest }[];
  readonly dropReplica: (input: PinInput) => Promise<void>;
  readonly answerProbe: (asker: MemberView) => Promise<ProbeAnswer>;
  readonly answerApplication: (spki: Digest) => Promise<ApplicationAnswer>;
  readonly register: (asker: MemberView, raw: `0x${string}`) => Promise<Receipt>;
};

const doors = Object.groupBy(policy.filter((row) => row.app === "peer"), (row) => ((row.audiences as readonly string[]).includes("applicant") ? "applicants" : "members"));
type ApplicantRoute = "POST /application";

const hex32 = z.string().regex(/^0x[0-9a-fA-F]{64}$/u, "0x and 64 hex digits");
const registrationBody = z.strictObject({ raw: z.templateLiteral(["0x", z.string().regex(/^(?:[0-9a-fA-F]{2})+$/u).max(40_000)]) });
const pinBody = z.strictObject({ study: hex32.transform(studyId), root: hex32.transform(digest) });

/** The peer app: for other members' agents, over mutual TLS (listen with `askForClient`). Who is calling comes from the TLS session alone. */
export function createPeerApp(parts: PeerParts): Express {
  const app = beginApp(parts.observer);
  const handlers: Readonly<Record<Exclude<RouteKey<"peer">, ApplicantRoute>, Handler<MemberView>>> = {
    "GET /certificate": ({ response }) => {
      response.set({ "Content-Type": "application/pgp-keys", "Cache-Control": "no-cache" }).end(parts.certificate);
    },
    "GET /keys/:request": async ({ request, response, who }) => {
      const text = String(request.params["request"]);
      if (!hex32.safeParse(text).success) throw fault("HTTP_BAD_REQUEST", { what: "the path names no request id" });
      const key = await parts.releaseKey({ requester: who.id, request: requestId(text) });
      response.set("Cache-Control", "no-store");
      if (key === null) response.set("Retry-After", "1").status(204).end();
      else response.set("Content-Type", "application/pgp-encrypted").end(key);
    },
    "GET /ipfs/:cid": async ({ request, response }) => await serveIpfs(request, response, parts.source),
    "POST /blocks": async ({ request, response, who }) => await serveList(request, response, who, parts.stream),
    "GET /pins": ({ response, who }) => {
      response.set("Cache-Control", "no-store").json({ pins: parts.pinned(who.id).map(({ study, root }) => ({ study, root })) });
    },
    "POST /pins": async ({ request, response, who }) => {
      const body = await jsonBody(request, response, pinBody);
      await parts.keepReplica({ owner: who.id, ...body });
      response.status(204).end();
    },
    "DELETE /pins": async ({ request, response, who }) => {
      const body = await jsonBody(request, response, pinBody);
      await parts.dropReplica({ owner: who.id, ...body });
      response.status(204).end();
    },
    "POST /probe": async ({ response, who }) => {
      response.set("Cache-Control", "no-store").json(await parts.answerProbe(who));
    },
    "POST /registrations": async ({ request, response, who }) => {
      const { raw } = await jsonBody(request, response, registrationBody);
      response.set("Cache-Control", "no-store").json(await parts.register(who, raw));
    },
  };
  const applicants: Readonly<Record<ApplicantRoute, Handler<Digest>>> = {
    "POST /application": async ({ response, who }) => {
      response.set("Cache-Control", "no-store").json(await parts.answerApplication(who));
    },
  };
  mount(app, { name: "peer", kind: "hospital", guard: createPeerGuard(parts.index), rows: doors.members ?? [] }, handlers);
  mount(app, { name: "peer", kind: "hospital", guard: applicantGuard, rows: doors.applicants ?? [] }, applicants);
  return finishApp(app, parts.observer);
}
