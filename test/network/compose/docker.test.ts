import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { composeFile, composeText, nothingPublished, type Published } from "../../../network/compose/compose.ts";
import { dockerOrSkip } from "../../support/docker.ts";
import { someConsortia } from "./consortia.ts";

const published: Published = { agent: ({ id }) => ({ clinical: 8000 + id, ops: 9000 + id }), rpc: () => 18_545 };

type Resolved = { readonly services: Readonly<Record<string, { readonly read_only?: boolean; readonly user?: string; readonly cap_drop?: readonly string[]; readonly pids_limit?: number; readonly healthcheck?: { readonly test?: readonly string[] } }>> };

test("docker compose takes the file of every shape of consortium, and reads out of it what was meant", async (t) => {
  const docker = await dockerOrSkip(t);
  if (docker === null) return;
  const dir = await mkdtemp(join(tmpdir(), "fiducial-compose-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  for (const [shape, consortium] of Object.entries(someConsortia()))
    for (const what of [published, nothingPublished]) {
      const file = composeFile({ consortium, project: "pilot", published: what });
      await writeFile(join(dir, "compose.yaml"), composeText(file));
      const args = ["compose", "--project-directory", dir, "--file", join(dir, "compose.yaml"), "--profile", "agents", "config", "--format", "json"];
      const { services } = JSON.parse(await docker.call(args)) as Resolved;
      t.deepEqual(Object.keys(services).sort(), Object.keys(file.services).sort(), shape);
      for (const [name, service] of Object.entries(services)) {
        const wanted = file.services[name];
        t.true(service.read_only, name);
        t.deepEqual([service.user, service.cap_drop, service.pids_limit], [wanted?.user, ["ALL"], wanted?.pids_limit], name);
        if (wanted !== undefined && "test" in wanted.healthcheck) t.is(service.healthcheck?.test?.length, wanted.healthcheck.test.length, name);
      }
    }
});
