import { randomUUID } from "node:crypto";
import { generatePhantom } from "../../../../scripts/phantom/phantom.ts";
import { readPart10 } from "../../../../node-agent/src/dicom/part10.ts";
import type { Identifiers } from "../../../../node-agent/src/dicom/identifiers.ts";
import type { Hospital } from "./hospital.ts";

export const patientId = "PHANTOM-1";

/** A small head CT of the patient that the test accounts know. */
export const phantom = (seed: string, slices = 3, id = patientId): Buffer[] =>
  [...generatePhantom({ slices, size: 64, seed, repertoire: "ISO_IR 192", patient: { name: "Wang^XiaoDong=王^小东", id, birthDate: "19700101", sex: "O" } })].map((file) => file.bytes);

export const identifiersOf = (bytes: Buffer): Identifiers => readPart10(bytes).identifiers;

export type Framing = { readonly contentType: string; readonly body: Buffer };

/** A multipart/related body of DICOM files. */
export function multipart(files: readonly Buffer[], boundary = `b${randomUUID()}`, partType = "application/dicom"): Framing {
  const parts = files.flatMap((file) => [Buffer.from(`--${boundary}\r\nContent-Type: ${partType}\r\n\r\n`), file, Buffer.from("\r\n")]);
  return { contentType: `multipart/related; type="application/dicom"; boundary=${boundary}`, body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]) };
}

export type Stored = { readonly status: number; readonly headers: Headers; readonly json: Record<string, { readonly Value?: readonly Record<string, { readonly Value?: readonly unknown[] }>[] }> & { readonly code?: string } };

/** POSTs to STOW-RS as the clinician and reads the answer. */
export async function store(hospital: Hospital, framing: { readonly contentType: string; readonly body: RequestInit["body"] }, options: { readonly path?: string; readonly headers?: Record<string, string> } = {}): Promise<Stored> {
  const stream = framing.body instanceof ReadableStream;
  const init: RequestInit & { readonly duplex?: "half" } = {
    method: "POST",
    headers: { authorization: hospital.as("clinician"), "content-type": framing.contentType, accept: "application/dicom+json", ...options.headers },
    body: framing.body ?? null,
    ...(stream ? { duplex: "half" as const } : {}),
  };
  const response = await fetch(`${hospital.url}/dicom-web/studies${options.path ?? ""}`, init);
  return { status: response.status, headers: response.headers, json: (await response.json()) as Stored["json"] };
}

export const storeFiles = (hospital: Hospital, files: readonly Buffer[]): Promise<Stored> => store(hospital, multipart(files) as { contentType: string; body: Buffer<ArrayBuffer> });

export const stored = (answer: Stored) => answer.json["00081199"]?.Value ?? [];
export const failed = (answer: Stored) => answer.json["00081198"]?.Value ?? [];
export const reasons = (answer: Stored) => failed(answer).map((item) => item["00081197"]?.Value?.[0]);

/** GETs as an account. */
export const get = (hospital: Hospital, path: string, headers: Record<string, string> = {}, who = "clinician"): Promise<Response> =>
  fetch(`${hospital.url}${path}`, { headers: { authorization: hospital.as(who), ...headers } });

/** The bodies and headers of a multipart answer, cut by hand: no parser of ours judges our own writer. */
export function partsOf(contentType: string, body: Buffer): { readonly head: string; readonly bytes: Buffer }[] {
  const boundary = /boundary=([\w-]+)/u.exec(contentType)?.[1] ?? "";
  const parts: { head: string; bytes: Buffer }[] = [];
  let at = body.indexOf(`--${boundary}\r\n`);
  while (at >= 0) {
    const headEnd = body.indexOf("\r\n\r\n", at);
    const next = body.indexOf(`\r\n--${boundary}`, headEnd);
    if (headEnd < 0 || next < 0) break;
    parts.push({ head: body.toString("latin1", at, headEnd), bytes: body.subarray(headEnd + 4, next) });
    at = body.toString("latin1", next + 2 + boundary.length + 2, next + 2 + boundary.length + 4) === "--" ? -1 : next + 2;
  }
  return parts;
}
