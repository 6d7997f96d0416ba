import type { Request } from "express";
import type { DicomJson } from "../../dicom/json.ts";
import { parseMediaType, requireDicomJson, storeBody } from "../../dicom/media.ts";
import { failureReasons, type StoreOutcome as Reported, storeResponse } from "../../dicom/store-response.ts";
import type { HospitalContext } from "../../flows/context.ts";
import { openStoreSession, type StoreOutcome, type StoreSession } from "../../flows/store-session.ts";
import { type Fault, fault } from "../../model/fault.ts";
import { giveBackWhole } from "../../model/give-back.ts";
import type { Principal } from "../../ports/accounts.ts";
import type { Call } from "../mount.ts";
import { dicomwebBase, uidParam } from "./address.ts";
import { cutBy, type Part, readParts } from "./multipart-in.ts";

/** Outcomes in the order of the parts; null for a part that was no instance by its own word. */
type PartOutcome = StoreOutcome | null;

function isInstance(part: Part): boolean {
  const type = part.headers.get("content-type");
  return type === undefined || parseMediaType(type)?.type === "application/dicom";
}

/** Gives each piece's memory back once the next is asked for: the session has copied what it keeps. A piece that lies beside others stays. */
async function* passing(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    yield piece;
    giveBackWhole(piece);
  }
}

/** A body that is one instance: throws STOW_CUT when the connection ends first. */
async function* uncut(request: Request): AsyncGenerator<Uint8Array> {
  try {
    yield* request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw cutBy(error);
  }
  if (!request.complete) throw fault("STOW_CUT", {});
}

async function receive(request: Request, session: StoreSession): Promise<PartOutcome[]> {
  const body = storeBody(request.headers["content-type"]);
  if (body.kind === "single") return [await session.add(passing(uncut(request)))];
  const outcomes: Promise<PartOutcome>[] = [];
  for await (const part of readParts(request, body.boundary)) outcomes.push(isInstance(part) ? (await session.offer(passing(part.body))).outcome : Promise.resolve(null));
  return await Promise.all(outcomes);
}

/** `final` are the outcomes after commit, one per outcome that was an instance. */
function merge(received: readonly PartOutcome[], final: readonly StoreOutcome[]): PartOutcome[] {
  const rest = [...final];
  return received.map((outcome) => (outcome === null ? null : (rest.shift() ?? outcome)));
}

function reported(base: string, outcome: PartOutcome): Reported {
  if (outcome === null) return { identifiers: {}, failure: failureReasons.cannotUnderstand };
  if (outcome.outcome === "failed") return { identifiers: outcome.identifiers, failure: outcome.failureReason };
  const { study, series, sopInstance } = outcome.identifiers;
  return { identifiers: outcome.identifiers, retrieveUrl: `${base}/studies/${study}/series/${series}/instances/${sopInstance}` };
}

/** When nothing was stored and no failed instance can be named, a problem document says more than an empty list. */
function speechless(outcomes: readonly PartOutcome[], body: DicomJson): Fault | null {
  const faults = outcomes.flatMap((outcome) => (outcome?.outcome === "failed" ? [outcome.fault] : []));
  const [first] = faults;
  if (first !== undefined && faults.length === outcomes.length && faults.every((one) => one.status === 413)) return first;
  if (body["00081198"] !== undefined || body["00081199"] !== undefined) return null;
  return first ?? fault("HTTP_UNSUPPORTED_MEDIA", { want: "parts of type application/dicom" });
}

/**
 * STOW-RS (PS3.18 section 10.5): 200 all stored, 202 some, 409 or 400 none, with a reason per instance. The answer is sent when
 * everything it calls stored is durable; a malformed or cut upload stores nothing.
 */
export function createStore(context: HospitalContext, publicUrl: string | null) {
  return (toStudy: boolean) =>
    async ({ request, response }: Call<Principal>): Promise<void> => {
      requireDicomJson(request.headers.accept);
      storeBody(request.headers["content-type"]);
      const session = await openStoreSession(context, toStudy ? { study: uidParam(request, "study") } : {});
      let outcomes: PartOutcome[];
      try {
        const received = await receive(request, session);
        outcomes = merge(received, await session.commit());
      } finally {
        await session.abandon();
      }
      const base = dicomwebBase(request, publicUrl);
      const studies = new Set(outcomes.flatMap((outcome) => (outcome !== null && outcome.outcome !== "failed" ? [outcome.identifiers.study] : [])));
      const [study] = studies;
      const { status, body } = storeResponse(
        outcomes.map((outcome) => reported(base, outcome)),
        study !== undefined && studies.size === 1 ? `${base}/studies/${study}` : undefined,
      );
      const problem = speechless(outcomes, body);
      if (problem !== null) throw problem;
      response.status(status).set({ "Content-Type": "application/dicom+json", "Cache-Control": "no-store" }).end(JSON.stringify(body));
    };
}
