import { createHash } from "node:crypto";
import busboy from "@fastify/busboy";
import { type ApiClient, Unexpected } from "./api-client.ts";
import { expect } from "./expect.ts";

/** SHA-256 of every part of a WADO-RS answer, sorted; `bytes` is the sum of the parts. Throws Unexpected for another status than 200. */
export async function retrieveStudy(client: ApiClient, uid: string, onBytes: (done: number) => void = () => {}): Promise<{ digests: string[]; bytes: number }> {
  const response = await client.fetch(`/dicom-web/studies/${uid}`, { headers: { accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' } });
  if (response.status !== 200) throw new Unexpected(`GET study was answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
  const boundary = /boundary="?([^";]+)"?/iu.exec(response.headers.get("content-type") ?? "")?.[1];
  expect(boundary !== undefined, "the answer names no boundary");
  const digests: string[] = [];
  let bytes = 0;
  let open = 0;
  let finished = false;
  const dicer = new busboy.Dicer({ boundary });
  const whole = new Promise<void>((resolve, reject) => {
    const settle = () => {
      if (finished && open === 0) resolve(); // the parser says finish before its last part has ended
    };
    dicer.on("part", (part) => {
      const hash = createHash("sha256");
      open++;
      part.on("data", (data: Buffer) => {
        hash.update(data);
        bytes += data.length;
        onBytes(bytes);
      });
      part.on("end", () => {
        digests.push(hash.digest("hex"));
        open--;
        settle();
      });
      part.on("error", reject);
    });
    dicer.on("finish", () => {
      finished = true;
      settle();
    });
    dicer.on("error", reject);
  });
  for await (const chunk of response.body ?? []) if (!dicer.write(Buffer.from(chunk))) await new Promise((resolve) => dicer.once("drain", resolve));
  dicer.end();
  await whole;
  return { digests: digests.sort(), bytes };
}

/** The digests that retrieving one study must give, from what was sent. */
export const sentDigests = (files: readonly { readonly study: string; readonly sha256: string }[], study: string): string[] =>
  files.filter((file) => file.study === study).map((file) => file.sha256).sort();
