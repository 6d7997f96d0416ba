import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type PeerIdentity, peerIdentity } from "../../../../network/ipfs/peer-identity.ts";
import { fault } from "../../model/fault.ts";
import { exists, kept } from "./join-keys.ts";

/** The seed files of a member's Kubo and cluster peer, from which their identities follow. */
const seedFiles = { kubo: "kubo.seed", cluster: "cluster.seed" } as const;
export type IpfsIdentities = { readonly kubo: PeerIdentity; readonly cluster: PeerIdentity };

const fresh = (): string => randomBytes(32).toString("hex");

async function identityIn(file: string): Promise<PeerIdentity> {
  const seed = await kept(file, fresh);
  if (!/^[0-9a-f]{64}$/u.test(seed)) throw fault("CLI_FILE", { file, why: "it is no seed of 64 hex digits" });
  return peerIdentity(Buffer.from(seed, "hex"));
}

/** The identities whose seeds lie in `folder`, made at the first time and never overwritten. Throws CLI_FILE. */
export async function ipfsIdentitiesIn(folder: string): Promise<IpfsIdentities> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return { kubo: await identityIn(join(folder, seedFiles.kubo)), cluster: await identityIn(join(folder, seedFiles.cluster)) };
}

/** Whether both seeds are there. */
export const hasIpfsIdentities = async (folder: string): Promise<boolean> => (await exists(join(folder, seedFiles.kubo))) && (await exists(join(folder, seedFiles.cluster)));

/** A secret of 64 hex digits in `folder`, made at the first time. */
export async function hexSecretIn(folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return await kept(join(folder, name), fresh);
}
