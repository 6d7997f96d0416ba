import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { stringify } from "yaml";
import type { RunningChain } from "./engines/chain-engine.ts";
import type { Founding } from "./found.ts";
import type { Seat } from "./layout.ts";

/** Writes the configuration of one agent of the local consortium; the same file that `fiducial agent run --config` takes anywhere. */
export async function writeAgentConfig(seat: Seat, founding: Founding, node: { readonly chain: RunningChain; readonly pollMilliseconds: number; readonly storage: Readonly<Record<string, unknown>> }): Promise<void> {
  const { chainId, genesisHash, contracts, deployedAtBlock } = founding;
  const admin = node.chain.adminOf(seat);
  const config = {
    role: seat.role,
    member: seat.member,
    name: seat.name,
    dataDir: resolve(seat.dataDir),
    ...(seat.role === "hospital" ? { keyring: { dir: resolve(seat.keyringDir), passphraseFile: resolve(seat.passphraseFile) } } : {}),
    chain: {
      endpoint: node.chain.endpointOf(seat),
      chainId,
      genesisHash,
      contracts,
      deployedAtBlock,
      ...(admin === null ? {} : { admin: admin.url }),
      pollMilliseconds: node.pollMilliseconds,
      staleAfterSeconds: 60,
    },
    ...(admin === null ? {} : { consortium: { staticNodesFile: admin.staticNodesFile, permissionsFile: admin.permissionsFile } }),
    clinical: { host: "127.0.0.1", port: seat.clinicalPort },
    ...(seat.role === "hospital" ? { peer: { host: "127.0.0.1", port: seat.peerPort } } : {}),
    ops: { host: "127.0.0.1", port: seat.opsPort },
    storage: { replicas: 2, minFreeBytes: 200_000_000, ...node.storage },
    share: { settleSeconds: 3 },
    identity: { accountsFile: resolve(seat.accountsFile) },
    log: { level: "info" },
  };
  await writeFile(seat.configFile, `# Written by npm start for the local consortium.\n${stringify(config)}`, { mode: 0o600 });
}
