import test from "ava";
import { besuFlags, besuFlagsVersion } from "../../../network/besu/flags.generated.ts";
import { checkConsortium, nodesOf } from "../../../network/consortium-file.ts";
import { nodeFiles } from "../../../network/besu/node-files.ts";
import { consortiumGenesis } from "../../../network/genesis/of-consortium.ts";
import { pinnedBesu } from "../../../network/local/find-besu.ts";
import { besuFlags as flagsOf } from "../../../scripts/generate/besu-flags.ts";
import { besuOrSkip } from "../../support/besu.ts";
import { skipLoudly } from "../../support/skip.ts";
import { someConsortium } from "../consortium.ts";

test("every option that a node is given is one of the pinned Besu's", (t) => {
  t.is(besuFlagsVersion, pinnedBesu);
  const consortium = checkConsortium(someConsortium());
  for (const { node } of nodesOf(consortium)) {
    const { options } = nodeFiles(consortium, node.name, consortiumGenesis(consortium), { folder: "/etc/fiducial/node", bindHost: "0.0.0.0", rpcHost: "127.0.0.1", hostAllowlist: ["localhost"] });
    for (const name of Object.keys(options)) t.true(name in besuFlags, `${node.name}: ${name}`);
  }
});

test("the list of options is what this Besu says itself", async (t) => {
  const besu = await besuOrSkip(t);
  if (besu === null) return;
  t.timeout(120_000);
  if (besu.version !== besuFlagsVersion) return skipLoudly(t, `Besu ${besuFlagsVersion} (this is ${besu.version})`);
  t.deepEqual(Object.fromEntries(await flagsOf(besu)), besuFlags);
});
