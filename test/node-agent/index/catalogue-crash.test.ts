import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { openCatalogue } from "../../../node-agent/src/index/catalogue.ts";
import type { Uid } from "../../../node-agent/src/model/ids.ts";
import { killAfter } from "../../support/kill-after.ts";
import { id } from "./records.ts";

test("killed at any moment, the catalogue holds every acknowledged transaction and no half of one", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "fiducial-catalogue-"));
  t.teardown(() => rm(folder, { recursive: true }));
  const indexKey = randomBytes(32);
  for (const count of [1, 7, 40]) {
    const file = join(folder, `${count}.db`);
    const lines = await killAfter(count, "test/node-agent/index/catalogue-until-killed.ts", file, indexKey.toString("hex"));
    const acknowledged = Number(lines.at(-1)?.split(" ")[0]);
    const catalogue = openCatalogue(file, { indexKey });
    const held = catalogue.studies().length;
    t.true(held >= acknowledged && held <= acknowledged + 1, "what was acknowledged, and at most the one in flight");
    for (let number = 1; number <= held; number++) {
      t.is(catalogue.studyByUid(`1.2.${number}` as Uid)?.study, id(number));
      t.is(catalogue.instances(id(number)).length, 2);
    }
    t.is(catalogue.takeIndex("P", "I"), held, "no index is taken twice");
    catalogue.close();
  }
});
