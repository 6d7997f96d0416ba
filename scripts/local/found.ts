import { readFile, writeFile } from "node:fs/promises";
import { privateKeyToAccount } from "viem/accounts";
import { type Deployment, deployConsortium, type Founder } from "../deploy/consortium.ts";
import { httpRpc } from "../deploy/http.ts";
import { hospitalKeyring, keyOf } from "./keys.ts";
import type { Layout } from "./layout.ts";
import { newPrivateKey } from "./secrets.ts";

/** What the chain said about itself when the consortium was founded, and where its contracts are. */
export type Founding = { readonly chainId: number; readonly genesisHash: string; readonly contracts: Omit<Deployment, "deployedAtBlock">; readonly deployedAtBlock: number };

const noDigest = `0x${"0".repeat(64)}` as const;

async function founders(plan: Layout): Promise<Founder[]> {
  const found: Founder[] = [];
  for (const seat of plan.seats) {
    const { address: governor } = await keyOf(plan, `governor-${seat.key}`);
    if (seat.role === "observer") {
      found.push({ kind: "Observer", governor, operators: [], profile: { displayName: seat.name, endpoint: "", openpgpSha256: noDigest, spkiSha256: noDigest } });
      continue;
    }
    const keyring = await hospitalKeyring(seat);
    found.push({
      kind: "Hospital",
      governor,
      operators: [privateKeyToAccount(keyring.operatorKey).address],
      profile: {
        displayName: seat.name,
        endpoint: `https://127.0.0.1:${seat.peerPort}`,
        openpgpSha256: keyring.identity.certificate.digest,
        spkiSha256: keyring.tls.spkiSha256,
      },
    });
  }
  return found;
}

/**
 * The consortium on this chain: as kept from an earlier run, or deployed now with every institution as founder. The deployer's key is
 * made for this one run and never written down. Throws when the kept founding belongs to another chain.
 */
export async function foundConsortium(plan: Layout, chain: { readonly url: string; readonly chainId: number; readonly genesisHash: string }, note: (text: string) => void): Promise<Founding> {
  const kept = await readFile(plan.stateFile, "utf8").then((text) => JSON.parse(text) as Founding, () => null);
  if (kept !== null) {
    if (kept.genesisHash !== chain.genesisHash) throw new Error(`${plan.stateFile} belongs to another chain than ${plan.chainDir}; start over with --fresh`);
    note("the contracts are there from an earlier run");
    return kept;
  }
  const council = await keyOf(plan, "council");
  const reviewer = await keyOf(plan, "reviewer");
  const { deployedAtBlock, ...contracts } = await deployConsortium({
    rpc: httpRpc(chain.url),
    deployerKey: newPrivateKey(),
    council: council.address,
    reviewers: [reviewer.address],
    members: await founders(plan),
    onStep: note,
  });
  const founding: Founding = { chainId: chain.chainId, genesisHash: chain.genesisHash, contracts, deployedAtBlock };
  await writeFile(plan.stateFile, `${JSON.stringify(founding, null, 2)}\n`);
  return founding;
}
