import { createHash, randomUUID } from "node:crypto";
import { generatePhantom } from "../../../scripts/phantom/phantom.ts";
import { readPart10 } from "../../../node-agent/src/dicom/part10.ts";
import type { ApiClient } from "../../../scripts/journey/api-client.ts";
import { retrieveStudy } from "../../../scripts/journey/retrieve.ts";

/** A small study of an invented patient. `digests` are the SHA-256 of its files, sorted. */
export type Sent = { readonly files: readonly Buffer[]; readonly uid: string; readonly patientId: string; readonly digests: readonly string[] };

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

export function inventStudy(slices = 3, size = 64, seed: string = randomUUID()): Sent {
  const patientId = `FID-${sha256(Buffer.from(seed)).slice(0, 12)}`;
  const patient = { name: "Quellenberg^Perpetua", id: patientId, birthDate: "19620309", sex: "F" } as const;
  const files = [...generatePhantom({ slices, size, seed, repertoire: "ISO_IR 192", patient })].map((file) => file.bytes);
  const [first = Buffer.alloc(0)] = files;
  return { files, uid: readPart10(first).identifiers.study, patientId, digests: files.map(sha256).sort() };
}

/** Sends files by STOW-RS; the status of the answer and how many instances it calls stored. Throws when the connection is cut. */
export async function stow(client: ApiClient, files: readonly Buffer[]): Promise<{ readonly status: number; readonly stored: number; readonly text: string }> {
  const response = await client.store(files.map((bytes) => ({ read: async () => bytes, size: bytes.length })), () => {});
  const text = await response.text();
  const json = (text === "" ? {} : JSON.parse(text)) as Record<string, { readonly Value?: readonly unknown[] }>;
  return { status: response.status, stored: json["00081199"]?.Value?.length ?? 0, text };
}

export type StudyRow = { readonly study: `0x${string}`; readonly state: string; readonly version: number };

/** What WADO-RS gives now: the digests of every instance, or the status it refuses with. Throws when the connection is cut. */
export async function wado(client: ApiClient, uid: string): Promise<readonly string[] | number> {
  const probe = await client.fetch(`/dicom-web/studies/${uid}/metadata`);
  await probe.arrayBuffer();
  if (probe.status !== 200) return probe.status;
  return (await retrieveStudy(client, uid)).digests;
}
