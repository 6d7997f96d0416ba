import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { readPart10 } from "../../node-agent/src/dicom/part10.ts";
import { pydicomFiles } from "../node-agent/dicom/corpora.ts";
import { skipLoudly } from "../support/skip.ts";
import { inventStudy, sha256, stow } from "./support/study.ts";
import { foundTown, type Seat, seatAt, type Town } from "./support/town.ts";

/** An agent's own process under files that nobody here chose, and under hundreds of uploads that are wrong. */
let town: Town;
let seat: Seat;
test.before(async () => {
  town = await foundTown({ hospitals: 1, replicas: 1, settleSeconds: 3600 });
  seat = seatAt(town, 0);
  await seat.agent.start();
});
test.after.always(() => town.close());

/** dcmftest has no option that only asks whether it is there: without a file it complains and ends with a status of its own. */
const hasDcmtk = (): boolean => spawnSync("dcmftest", { stdio: "ignore" }).error === undefined;

test.serial("every file of pydicom: taken and given back byte for byte, or refused with a code; never anything between", async (t) => {
  const files = pydicomFiles("test_files", "charset_files");
  if (files === null) return skipLoudly(t, "Debian's python3-pydicom is not installed");
  const judge = hasDcmtk();
  if (!judge) t.log("skipped: dcmtk's dcmftest is not installed and judges nothing here");
  const folder = await mkdtemp(join(tmpdir(), "fiducial-judged-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const client = seat.as("clinician");
  const refusals = new Map<string, number>();
  let taken = 0;
  for (const { name, bytes } of files) {
    const answer = await stow(client, [bytes]);
    if (answer.status !== 200) {
      t.true([400, 409].includes(answer.status), `${name}: ${answer.status} ${answer.text.slice(0, 300)}`);
      const why = /"code":"(\w+)"/u.exec(answer.text)?.[1] ?? /"00081197":\{"vr":"US","Value":\[(\d+)\]/u.exec(answer.text)?.[1] ?? "";
      t.not(why, "", `${name} is refused without a reason`);
      refusals.set(why, (refusals.get(why) ?? 0) + 1);
      continue;
    }
    const { study, series, sopInstance } = readPart10(bytes).identifiers;
    const response = await client.fetch(`/dicom-web/studies/${study}/series/${series}/instances/${sopInstance}`, { headers: { accept: 'multipart/related; type="application/dicom"; transfer-syntax=*, application/dicom; transfer-syntax=*;q=0.5' } });
    t.is(response.status, 200, name);
    const body = Buffer.from(await response.arrayBuffer());
    const at = body.indexOf(bytes);
    t.true(at >= 0, `${name}: the bytes that were sent are in the answer`);
    const given = body.subarray(at, at + bytes.length);
    t.is(sha256(given), sha256(bytes));
    t.true(body.length - bytes.length < 600, `${name}: and nothing beside them but the frame`);
    t.is((await client.fetch(`/dicom-web/studies/${study}/metadata`)).status, 200, `${name}: metadata`);
    if (judge) {
      await writeFile(join(folder, "given.dcm"), given);
      t.regex(execFileSync("dcmftest", [join(folder, "given.dcm")], { encoding: "utf8" }), /^yes/u, `${name}: dcmftest`);
    }
    taken++;
  }
  t.true(taken > 60, `${taken} of ${files.length} files taken`);
  t.log(`${taken} of ${files.length} files taken; refused: ${[...refusals].map(([why, count]) => `${count} ${why}`).join(", ")}`);
});

const residentBytes = (): number => Number(/^VmRSS:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${seat.agent.child().pid}/status`, "utf8"))?.[1] ?? 0) * 1024;

test.serial("hundreds of wrong uploads leave the process up and its memory flat", async (t) => {
  t.timeout(300_000);
  const [file = Buffer.alloc(0)] = inventStudy(1, 512).files;
  const pixels = file.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]));
  const patched = (at: number, bytes: readonly number[]): Buffer => {
    const copy = Buffer.from(file);
    copy.set(bytes, at);
    return copy;
  };
  const deep = Buffer.concat(Array.from({ length: 20_000 }, () => Buffer.from([0x40, 0x00, 0x30, 0xa7, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff])));
  const wrong: readonly Buffer[] = [
    Buffer.alloc(500_000, "not DICOM "),
    file.subarray(132),
    file.subarray(0, file.length >> 1),
    patched(pixels + 8, [0xfe, 0xff, 0xff, 0xff]),
    Buffer.concat([file.subarray(0, pixels), deep]),
    Buffer.from(file.toString("latin1").replace("1.2.840.10008.1.2.1\0", "1.2.840.10008.9.9.9\0"), "latin1"),
    Buffer.alloc(0),
  ];
  const client = seat.as("clinician");
  const round = async (times: number): Promise<void> => {
    for (let at = 0; at < times; at++) {
      const answer = await stow(client, [wrong[at % wrong.length] ?? file]);
      t.true([400, 409, 413, 415].includes(answer.status), `${at % wrong.length}: ${answer.status} ${answer.text.slice(0, 200)}`);
      if (at % 10 === 0) {
        const cut = new AbortController();
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(Buffer.concat([Buffer.from("--edge\r\nContent-Type: application/dicom\r\n\r\n"), file.subarray(0, file.length >> 1)])),
        });
        const sending = client.fetch("/dicom-web/studies", { method: "POST", body, duplex: "half", signal: cut.signal, headers: { "content-type": 'multipart/related; type="application/dicom"; boundary=edge' } });
        setTimeout(() => cut.abort(), 15);
        await t.throwsAsync(sending, undefined, "a cut upload has no answer");
      }
    }
  };
  // Two heaps, of the main thread and of the one for objects, grow to their working size first.
  await round(1000);
  const before = residentBytes();
  await round(700);
  const after = residentBytes();
  t.log(`${Math.round(before / 1e6)} MB after 1000 wrong uploads, ${Math.round(after / 1e6)} MB after 1700`);
  t.true(before > 1e7 && after - before < 60e6, `${before} -> ${after}`);
  const good = inventStudy();
  t.is((await stow(client, good.files)).status, 200);
});
