import { readFile } from "node:fs/promises";
import type { Address, Hex } from "viem";
import { fault } from "../../node-agent/src/model/fault.ts";
import type { Rpc } from "../deploy/sender.ts";
import { layoutText, type upgradeable } from "../generate/layouts.ts";
import { addedValues, layoutFindings, type Layout } from "../../node-agent/src/model/storage-layout.ts";
import { rehearse } from "./rehearse.ts";

export type Upgrade = {
  readonly rpc: Rpc;
  /** Whose place the new version takes. */
  readonly contract: (typeof upgradeable)[number];
  /** The new version's source, `contracts/X.sol:X`. */
  readonly source: string;
  readonly proxy: Address;
  /** The new code, already on the chain. */
  readonly candidate: Address;
  /** Who upgrades: the timelock. */
  readonly holder: Address;
  /** The call that goes with the upgrade; "0x" for none. */
  readonly init: Hex;
  /** The compiler's cache; the checkout's unless given. */
  readonly cache?: URL;
  /** Layout of the code in use; the committed one (contracts/layouts) unless given. */
  readonly before?: string;
};

const committed = new URL("../../contracts/layouts/", import.meta.url);

/**
 * Refuses an upgrade that should not even be proposed: against the committed layout (contracts/layouts, which is what members and
 * regulators reviewed), and by playing it through on the chain. Throws DEPLOY_UPGRADE_REFUSED with every reason found.
 */
export async function checkUpgrade({ contract, source, cache, before: file, ...rehearsal }: Upgrade): Promise<void> {
  const before: Layout = JSON.parse(await readFile(file ?? new URL(`${contract}.json`, committed), "utf8"));
  const after: Layout = JSON.parse(await layoutText(source, cache));
  const findings = layoutFindings(before, after);
  if (rehearsal.init === "0x") {
    for (const space of addedValues(before, after)) findings.push(`it adds ${space} and no initialiser sets it`);
  }
  findings.push(...(await rehearse(rehearsal)));
  if (findings.length > 0) throw fault("DEPLOY_UPGRADE_REFUSED", { contract, findings });
}
