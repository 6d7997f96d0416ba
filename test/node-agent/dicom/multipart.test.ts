import busboy from "@fastify/busboy";
import test from "ava";
import { multipartFrame } from "../../../node-agent/src/dicom/multipart.ts";

test("what is framed is what an independent reader takes apart", async (t) => {
  const frame = multipartFrame("application/dicom", "b-0123456789");
  const parts = [Buffer.from("first\r\n--b-01234567"), Buffer.alloc(70_000, 0x2d), Buffer.alloc(0)];
  const body = Buffer.concat([
    ...parts.flatMap((part, i) => [
      frame.opening({ contentType: "application/dicom", length: part.length, location: `/i/${i}` }),
      part,
      frame.closing,
    ]),
    frame.end,
  ]);
  const read: { bytes: Buffer; header: unknown }[] = [];
  const dicer = new busboy.Dicer({ boundary: "b-0123456789" });
  await new Promise<void>((done, fail) => {
    dicer.on("part", (part) => {
      const entry: { bytes: Buffer; header: unknown } = { bytes: Buffer.alloc(0), header: null };
      read.push(entry);
      part.on("header", (header) => {
        entry.header = header;
      });
      part.on("data", (chunk: Buffer) => {
        entry.bytes = Buffer.concat([entry.bytes, chunk]);
      });
    });
    dicer.on("error", fail);
    dicer.on("finish", done);
    dicer.end(body);
  });
  t.deepEqual(
    read.map(({ bytes }) => bytes),
    parts,
  );
  t.like(read[0]?.header, { "content-type": ["application/dicom"], "content-location": ["/i/0"] });
  t.is(frame.contentType, 'multipart/related; type="application/dicom"; boundary=b-0123456789');
});
