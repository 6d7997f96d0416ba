import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { lockFolder } from "../../../network/embedded/lock.ts";
import { layout } from "../../../scripts/local/layout.ts";
import { forget, Refusal, requireIdle, requirePorts, requireSpace, requireStudy } from "../../../scripts/local/preflight.ts";
import { keptSecret } from "../../../scripts/local/secrets.ts";

async function folder(t: ExecutionContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-local-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test("only what npm start has made is forgotten", async (t) => {
  const dir = await folder(t);
  const plan = layout(dir, 8540);
  for (const name of ["chain", "a", "regulator", "people", "plan.json"]) await mkdir(join(dir, name, "deep"), { recursive: true });
  await writeFile(join(dir, "thesis.doc"), "mine");
  await t.throwsAsync(forget(plan), { instanceOf: Refusal, message: /thesis\.doc.*Nothing was deleted/u });
  t.is((await readdir(dir)).length, 6);
  await rm(join(dir, "thesis.doc"));
  await forget(plan);
  t.deepEqual(await readdir(dir), []);
});

test("a state in use is refused on any port", async (t) => {
  const plan = layout(await folder(t), 8540);
  t.notThrows(() => requireIdle(plan), "nothing there yet");
  await mkdir(plan.chainDir);
  const lock = lockFolder(plan.chainDir);
  t.throws(() => requireIdle(plan), { instanceOf: Refusal, message: /in use by another npm start/u });
  lock.release();
  t.notThrows(() => requireIdle(plan));
});

test("a taken port is named with who wanted it", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await t.throwsAsync(requirePorts([{ port, who: "chain" }]), { instanceOf: Refusal, message: new RegExp(`${port} \\(chain\\).*--port-base`, "u") });
  server.close();
  await once(server, "close");
  await t.notThrowsAsync(requirePorts([{ port, who: "chain" }]));
});

test("too little space is told in megabytes", async (t) => {
  await t.throwsAsync(requireSpace(await folder(t), Number.MAX_SAFE_INTEGER), { instanceOf: Refusal, message: /MB are free in .*--dir/u });
});

test("a folder without DICOM, or none, is refused", async (t) => {
  const dir = await folder(t);
  await writeFile(join(dir, "notes.txt"), "x".repeat(200));
  await t.throwsAsync(requireStudy(dir), { instanceOf: Refusal, message: /holds no DICOM Part 10 file \(1 other/u });
  await t.throwsAsync(requireStudy(join(dir, "absent")), { instanceOf: Refusal, message: /cannot be read/u });
});

test("a secret is made once, and again only when its writing was cut", async (t) => {
  const file = join(await folder(t), "people", "x.password");
  t.is(await keptSecret(file, () => "first"), "first");
  t.is(await keptSecret(file, () => "second"), "first");
  await writeFile(file, "");
  t.is(await keptSecret(file, () => "third"), "third");
});
