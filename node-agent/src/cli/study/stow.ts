import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Client } from "../client.ts";
import type { DicomFile } from "../files.ts";

/** DICOM JSON (PS3.18 Annex F), as far as store responses need it. */
type Dataset = Readonly<Record<string, { readonly Value?: readonly unknown[] }>>;

export type StowOutcome = {
  readonly stored: { readonly sopInstanceUid: string; readonly warning: number | null }[];
  readonly failed: { readonly sopInstanceUid: string; readonly reason: number }[];
};

/**
 * Stores files in one STOW-RS request (PS3.18 section 10.5), streamed from disk; `moved` hears of every piece on its way.
 * What the agent did with each instance is in the outcome; a refused request throws.
 */
export async function stow(client: Client, files: readonly DicomFile[], moved: (bytes: number) => void): Promise<StowOutcome> {
  const boundary = `fiducial-${randomBytes(12).toString("hex")}`;
  const answer = await client.open("POST", "/dicom-web/studies", "application/dicom+json", {
    type: `multipart/related; type="application/dicom"; boundary=${boundary}`,
    content: multipart(files, boundary, moved),
  });
  return outcomeOf(JSON.parse(await answer.body.text()) as Dataset);
}

async function* multipart(files: readonly DicomFile[], boundary: string, moved: (bytes: number) => void): AsyncGenerator<Buffer> {
  for (const { path, size } of files) {
    yield Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\nContent-Length: ${size}\r\n\r\n`);
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
      moved(piece.length);
      yield piece;
    }
    yield Buffer.from("\r\n");
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}

const items = (dataset: Dataset, tag: string) => (dataset[tag]?.Value ?? []) as readonly Dataset[];
const first = (dataset: Dataset, tag: string) => dataset[tag]?.Value?.[0];

/** Referenced SOP Sequence (0008,1199) holds what is stored, Failed SOP Sequence (0008,1198) what is not, with Failure Reason (0008,1197). */
function outcomeOf(response: Dataset): StowOutcome {
  const uid = (item: Dataset) => String(first(item, "00081155") ?? "");
  return {
    stored: items(response, "00081199").map((item) => ({ sopInstanceUid: uid(item), warning: numberOrNull(first(item, "00081196")) })),
    failed: [
      ...items(response, "00081198").map((item) => ({ sopInstanceUid: uid(item), reason: numberOrNull(first(item, "00081197")) ?? 272 })),
      // Other Failures Sequence: parts in which not even a UID could be read (PS3.18 table I.2-1).
      ...items(response, "0008119A").map((item) => ({ sopInstanceUid: "", reason: numberOrNull(first(item, "00081197")) ?? 272 })),
    ],
  };
}

const numberOrNull = (value: unknown): number | null => (typeof value === "number" ? value : null);
