import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { toDicomJson } from "../../../node-agent/src/dicom/json.ts";
import { readPart10 } from "../../../node-agent/src/dicom/part10.ts";
import { headSlice } from "../../../scripts/phantom/head.ts";
import { generatePhantom, type PhantomFile } from "../../../scripts/phantom/phantom.ts";
import { skipLoudly } from "../../support/skip.ts";

const files = (...options: Parameters<typeof generatePhantom>): PhantomFile[] => [...generatePhantom(...options)];

test("an independent validator finds no error, in either repertoire", async (t) => {
  if (!existsSync("/usr/bin/dciodvfy")) return skipLoudly(t, "dciodvfy of dicom3tools");
  const folder = await mkdtemp(join(tmpdir(), "phantom-"));
  try {
    for (const repertoire of ["GB18030", "ISO_IR 192"] as const) {
      const [file] = files({ slices: 1, repertoire });
      const path = join(folder, "slice.dcm");
      await writeFile(path, file?.bytes ?? "");
      const { status, stderr } = spawnSync("/usr/bin/dciodvfy", [path], { encoding: "latin1" });
      t.is(status, 0);
      t.regex(stderr, /CTImage/u, "it recognises a CT image");
      t.deepEqual(
        stderr.split("\n").filter((line) => line.includes("Error")),
        [],
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the same seed gives the same bytes, no seed gives new UIDs", (t) => {
  const options = { slices: 2, size: 32 };
  t.deepEqual(files({ ...options, seed: "a" }), files({ ...options, seed: "a" }));
  const uids = [{ ...options, seed: "a" }, { ...options, seed: "b" }, options, options].map(
    (each) => readPart10(files(each)[0]?.bytes ?? Buffer.alloc(0)).identifiers.study,
  );
  t.is(new Set(uids).size, 4);
});

test("one study, one series, as many instances as slices, in order of position", (t) => {
  const read = files({ slices: 5, size: 16 }).map(({ bytes }) => readPart10(bytes));
  t.is(new Set(read.map(({ identifiers }) => identifiers.series)).size, 1);
  t.is(new Set(read.map(({ identifiers }) => identifiers.sopInstance)).size, 5);
  const heights = read.map((part10) => Number(toDicomJson(part10)["00200032"]?.Value?.[2]));
  t.deepEqual(
    heights,
    heights.toSorted((a, b) => a - b),
  );
});

test("the patient is the caller's", (t) => {
  const patient = { name: "Müller^Jörg", id: "X-1", birthDate: "19501231", sex: "M" } as const;
  const json = toDicomJson(
    readPart10(files({ slices: 1, size: 16, patient, repertoire: "ISO_IR 192", accessionNumber: "ACC9" })[0]?.bytes ?? Buffer.alloc(0)),
  );
  t.deepEqual(
    ["00100010", "00100020", "00100030", "00080050"].map((tag) => json[tag]?.Value?.[0]),
    [{ Alphabetic: "Müller^Jörg" }, "X-1", "19501231", "ACC9"],
  );
  t.throws(() => files({ slices: 1, size: 16, patient: { ...patient, name: "😀" } }), { instanceOf: RangeError });
});

test("the head is air outside, bone at the skull, water in the ventricles", (t) => {
  const size = 128;
  const slice = headSlice(size, size, 0);
  const at = (x: number, y: number): number =>
    (slice[Math.round(((1 - y) * size) / 2) * size + Math.round(((x + 1) * size) / 2)] ?? -1) - 1024;
  t.is(at(-0.95, 0.95), -1000);
  t.is(at(0, 0.9), 950);
  t.is(at(0.22, 0), 5);
  t.is(at(0, -0.8), 35);
  t.true(
    headSlice(16, 16, 0.99).every((value) => value === 24),
    "above the head there is air",
  );
});

test("the command line writes the study", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "phantom-"));
  try {
    const run = (...args: string[]) => spawnSync(process.execPath, ["scripts/phantom/main.ts", ...args], { encoding: "utf8" });
    t.is(run(folder, "--slices", "3", "--size", "16").status, 0);
    t.deepEqual((await readdir(folder)).sort(), ["IM000001.dcm", "IM000002.dcm", "IM000003.dcm"]);
    t.is(run(folder, "--slices", "none").status, 2);
    t.is(run().status, 2);
  } finally {
    await rm(folder, { recursive: true });
  }
});
