import test from "ava";
import { size } from "viem";
import { loadArtifacts } from "../../../scripts/deploy/artifacts.ts";

/** EIP-170. A chain may be configured for more; an upgrade must not depend on it. */
const limit = 24_576;

test("every contract that is deployed fits into EIP-170's limit", async (t) => {
  for (const [name, { deployedBytecode }] of Object.entries(await loadArtifacts())) {
    t.true(size(deployedBytecode) > 0, name);
    t.true(size(deployedBytecode) <= limit, `${name} has ${size(deployedBytecode)} bytes`);
  }
});
