import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { engines, pinnedVersion } from "../../../scripts/engines/catalogue.ts";
import { wanting } from "../../../scripts/engines/installed.ts";

test("what counts as built is a program that says it is of the version that go.mod pins", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-engines-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  t.deepEqual(engines.map(({ key }) => key), ["kubo", "cluster"]);
  for (const engine of engines) {
    const version = pinnedVersion(engine);
    t.regex(version, /^\d+\.\d+\.\d+/u);
    const names = engine.programs.map(({ name }) => name);
    t.deepEqual(wanting(engine, dir), names, "nothing is there yet");
    for (const name of names) {
      await writeFile(join(dir, name), `#!/bin/sh\necho "${name} version 0.0.1"\n`);
      await chmod(join(dir, name), 0o755);
    }
    t.deepEqual(wanting(engine, dir), names, "another version is no version");
    for (const name of names) await writeFile(join(dir, name), `#!/bin/sh\necho "${name} version ${version}"\n`);
    t.deepEqual(wanting(engine, dir), []);
  }
});

test("without Go it says what to install, and that all else works", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-engines-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const { status, stderr } = spawnSync(process.execPath, ["scripts/engines.ts", "--dir", dir], { encoding: "utf8", env: { PATH: dir } });
  t.is(status, 2);
  t.regex(stderr, /Install Go/u);
  const check = spawnSync(process.execPath, ["scripts/engines.ts", "--check", "--dir", dir], { encoding: "utf8", env: { PATH: dir } });
  t.is(check.status, 1);
  t.regex(check.stdout, /MISSING: ipfs/u);
});
