import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { privateKeyToAccount } from "viem/accounts";
import { loadConsortium } from "../../../network/consortium-file.ts";
import { consortiumGenesis } from "../../../network/genesis/of-consortium.ts";
import type { Founder } from "../../../scripts/deploy/consortium.ts";
import { agreedIn } from "../../../scripts/deploy/of-consortium.ts";
import { agreedConsortium } from "../../../scripts/local/consortium-file.ts";
import { guardiansOf } from "../../../scripts/local/keys.ts";
import { layout } from "../../../scripts/local/layout.ts";
import { Refusal } from "../../../scripts/local/preflight.ts";
import { newPrivateKey } from "../../../scripts/local/secrets.ts";

async function plan(t: ExecutionContext) {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-local-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return layout(dir, 8540);
}
const someone = () => privateKeyToAccount(newPrivateKey()).address;
const digest = `0x${"ab".repeat(32)}` as const;
const people = (): Founder[] => ["A", "B"].map((name) => ({ kind: "Hospital", governor: someone(), operators: [someone()], profile: { displayName: name, endpoint: `https://127.0.0.1:${8540 + name.length}`, openpgpSha256: digest, spkiSha256: digest } }));

test("the local consortium is founded on a file of the published form, written once and read again", async (t) => {
  const here = await plan(t);
  const made = people();
  const written = await agreedConsortium(here, 20_251, async () => made);
  const file = await loadConsortium(here.consortiumFile);
  t.deepEqual(file, written);
  const agreed = agreedIn(file);
  t.deepEqual(agreed.members.map(({ governor }) => governor.toLowerCase()), made.map(({ governor }) => governor.toLowerCase()));
  t.like(agreed, { guardianThreshold: 2, governance: { minHospitals: 2 } });
  t.deepEqual(agreed.guardians.map(String), await guardiansOf(here));
  t.deepEqual(await agreedConsortium(here, 20_251, () => Promise.reject(new Error("asked again"))), written, "kept");
  t.throws(() => consortiumGenesis(file), { code: "NETWORK_FILE_WRONG" } as never, "of no node no chain is made");
  t.deepEqual((await readdir(here.dir)).sort(), ["consortium.yaml", "people"]);
});

test("what an earlier version kept is refused with a sentence, and a file that was edited wrongly too", async (t) => {
  for (const old of ["plan.json", join("chain", "consortium.yaml")]) {
    const here = await plan(t);
    await mkdir(here.chainDir);
    await writeFile(join(here.dir, old), "{}");
    await t.throwsAsync(agreedConsortium(here, 1, async () => people()), { instanceOf: Refusal, message: /founded by an earlier version.*--fresh/u });
  }
  const here = await plan(t);
  await writeFile(here.consortiumFile, "name: Local\nchainid: 5\n");
  await t.throwsAsync(agreedConsortium(here, 1, async () => people()), { code: "NETWORK_FILE_WRONG", message: /chainid: unknown key; did you mean chainId/u } as never);
});
