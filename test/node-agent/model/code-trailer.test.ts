import test from "ava";
import { trailerOf } from "../../../node-agent/src/model/code-trailer.ts";
import { loadArtifacts } from "../../../scripts/deploy/artifacts.ts";

test("compiled code ends in a trailer that constructors do not touch and no other contract has", async (t) => {
  const { AccessLedger, StudyRegistry } = await loadArtifacts();
  const trailer = trailerOf(AccessLedger.deployedBytecode);
  t.regex(trailer ?? "", /^0xa[1-9][0-9a-f]{60,}$/u);
  const filled = AccessLedger.deployedBytecode.replace(/0{64}/u, "ab".repeat(32)) as `0x${string}`;
  t.is(trailerOf(filled), trailer);
  t.not(trailerOf(StudyRegistry.deployedBytecode), trailer);
});

for (const code of ["0x", "0x00", "0x0000", "0xffff", `0x${"60".repeat(40)}0005`] as const) test(`bytes without a trailer have none: ${code.slice(0, 12)}`, (t) => t.is(trailerOf(code), null));
