import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import { findIn, needles, searchResidue } from "../../../scripts/journey/residue.ts";

const secret = "Wáng^小东";
const wanted = needles("name", secret);

test("a text is found in every form and at every place", (t) => {
  const plain = Buffer.from(secret);
  const forms = [
    plain,
    Buffer.from(secret, "utf16le"),
    Buffer.from(plain.toString("hex")),
    Buffer.from(plain.toString("hex").toUpperCase()),
    ...[0, 1, 2].map((shift) => Buffer.from(Buffer.concat([randomBytes(shift), plain, randomBytes(4)]).toString("base64"))),
  ];
  for (const [at, form] of forms.entries())
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (before, after) => {
        let hits = 0;
        findIn(Buffer.concat([before, form, after]), wanted, () => hits++);
        return hits >= 1;
      }),
      { numRuns: 200 },
    ) ?? t.pass(`form ${at}`);
});

test("random bytes hold nothing", (t) => {
  let hits = 0;
  findIn(randomBytes(4 << 20), wanted, () => hits++);
  t.is(hits, 0);
});

test("files, names and window borders are searched", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-residue-"));
  try {
    await mkdir(join(dir, "deep", "er"), { recursive: true });
    const big = randomBytes((8 << 20) + 100);
    Buffer.from(secret).copy(big, (8 << 20) - 4);
    await writeFile(join(dir, "deep", "big"), big);
    await writeFile(join(dir, "deep", "er", secret), "");
    const { files, findings } = await searchResidue([dir], wanted);
    t.is(files, 2);
    t.true(findings.some(({ file }) => file.endsWith("big")));
    t.true(findings.some(({ offset }) => offset === -1));
  } finally {
    await rm(dir, { recursive: true });
  }
});

test("forms too short to mean anything are left out", (t) => {
  t.deepEqual(needles("id", "1"), []);
});
