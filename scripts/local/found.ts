import { readFile, rename, writeFile } from "node:fs/promises";
import { privateKeyToAccount } from "viem/accounts";
import { loadArtifacts } from "../deploy/artifacts.ts";
import { deployConsortium, type Founder, type GovernedDeployment } from "../deploy/consortium.ts";
import { httpRpc } from "../deploy/http.ts";
import { createSender } from "../deploy/sender.ts";
import { read } from "../deploy/read.ts";
import type { RegisteredNode, RunningChain } from "./engines/chain-engine.ts";
import { agreedIn } from "../deploy/of-consortium.ts";
import { agreedConsortium } from "./consortium-file.ts";
import { hospitalKeyring, keyOf } from "./keys.ts";
import type { Layout, Seat } from "./layout.ts";
import { Refusal } from "./preflight.ts";
import { newPrivateKey } from "./secrets.ts";

/** What the chain said about itself when the consortium was founded, and where its contracts are. */
export type Founding = { readonly chainId: number; readonly genesisHash: string; readonly contracts: Omit<GovernedDeployment, "deployedAtBlock">; readonly deployedAtBlock: number; readonly portBase: number };

const noDigest = `0x${"0".repeat(64)}` as const;

/** Under which URL the other agents reach this institution's. */
export type EndpointOf = (seat: Seat) => string;
const onLoopback: EndpointOf = ({ peerPort }) => `https://127.0.0.1:${peerPort}`;

/** Every institution with its keys' addresses and digests, in the order of admission. */
export async function founders(plan: Layout, endpointOf: EndpointOf = onLoopback): Promise<Founder[]> {
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
        endpoint: endpointOf(seat),
        openpgpSha256: keyring.identity.certificate.digest,
        spkiSha256: keyring.tls.spkiSha256,
      },
    });
  }
  return found;
}

/**
 * The consortium on this chain: as kept from an earlier run, or deployed now with every institution as founder. The deployer's key is
 * made for this one run, never written down, and powerless at its end: the members' Council decides from then on.
 * Throws Refusal when the kept founding belongs to another chain, or is of a version that a single key governed.
 */
export async function foundConsortium(plan: Layout, chain: Pick<RunningChain, "url" | "chainId" | "genesisHash" | "nodesOf">, note: (text: string) => void, endpointOf: EndpointOf = onLoopback): Promise<Founding> {
  const kept = await readFile(plan.stateFile, "utf8").then((text) => JSON.parse(text) as Founding, () => null);
  if (kept !== null) {
    if (kept.genesisHash !== chain.genesisHash) throw new Refusal(`${plan.stateFile} belongs to another chain than ${plan.chainDir}; start over with --fresh`);
    if (kept.contracts.council === undefined)
      throw new Refusal(`The consortium kept in ${plan.dir} was founded under a single key, by an earlier version; this one is governed by its members' vote. Start over with --fresh, or give --dir another folder.`);
    if (kept.contracts.guardianPanel === undefined)
      throw new Refusal(`The consortium kept in ${plan.dir} was founded with a single guardian, by an earlier version; in this one guardians act together. Start over with --fresh, or give --dir another folder.`);
    note("the contracts are there from an earlier run");
    if (kept.portBase !== plan.chainPort) await moveEndpoints(plan, kept, chain.url, note, endpointOf);
    await registerNodes(plan, kept.contracts.memberRegistry, chain, note);
    if (kept.portBase === plan.chainPort) return kept;
    return await keep(plan, { ...kept, portBase: plan.chainPort });
  }
  const consortium = await agreedConsortium(plan, chain.chainId, () => founders(plan, endpointOf));
  if (consortium.chainId !== chain.chainId) throw new Refusal(`${plan.consortiumFile} is of chain ${consortium.chainId}, and the chain in ${plan.chainDir} is ${chain.chainId}; start over with --fresh`);
  const { deployedAtBlock, ...contracts } = await deployConsortium({
    rpc: httpRpc(chain.url),
    deployerKey: newPrivateKey(),
    ...agreedIn(consortium),
    onStep: note,
  });
  await registerNodes(plan, contracts.memberRegistry, chain, note);
  return await keep(plan, { chainId: chain.chainId, genesisHash: chain.genesisHash, contracts, deployedAtBlock, portBase: plan.chainPort });
}

/** Whole or not at all, whenever the program is ended. */
async function keep(plan: Layout, founding: Founding): Promise<Founding> {
  await writeFile(`${plan.stateFile}.new`, `${JSON.stringify(founding, null, 2)}\n`);
  await rename(`${plan.stateFile}.new`, plan.stateFile);
  return founding;
}

const sameNodes = (listed: readonly RegisteredNode[], wanted: readonly RegisteredNode[]): boolean =>
  listed.length === wanted.length &&
  wanted.every((node, at) => {
    const other = listed[at];
    return other !== undefined && (Object.keys(node) as (keyof RegisteredNode)[]).every((key) => String(other[key]).toLowerCase() === String(node[key]).toLowerCase());
  });

/** Each institution lists its nodes on the chain; every agent then lets exactly these in at its own node. Engines without nodes have none to list. */
async function registerNodes(plan: Layout, registry: `0x${string}`, chain: Pick<RunningChain, "url" | "nodesOf">, note: (text: string) => void): Promise<void> {
  const { abi } = (await loadArtifacts()).MemberRegistry;
  await Promise.all(
    plan.seats.map(async (seat) => {
      const nodes = chain.nodesOf(seat);
      if (nodes.length === 0 || sameNodes((await read(httpRpc(chain.url), registry, abi, "nodes", [seat.member])) as readonly RegisteredNode[], nodes)) return;
      const { privateKey } = await keyOf(plan, `governor-${seat.key}`);
      const governor = await createSender({ rpc: httpRpc(chain.url), key: privateKey, timeoutSeconds: 60, onStep: note });
      await governor.send(`${seat.name} lists its ${nodes.length === 1 ? "node" : `${nodes.length} nodes`}`, registry, abi, "setNodes", [seat.member, nodes]);
    }),
  );
}

/** The kept consortium on other ports: each hospital registers where its agent is reached now, as a real one would after a move. */
async function moveEndpoints(plan: Layout, { contracts }: Founding, url: string, note: (text: string) => void, endpointOf: EndpointOf): Promise<void> {
  const { abi } = (await loadArtifacts()).MemberRegistry;
  for (const [at, { kind, profile }] of (await founders(plan, endpointOf)).entries()) {
    const seat = plan.seats[at];
    if (kind === "Observer" || seat === undefined) continue;
    const { privateKey } = await keyOf(plan, `governor-${seat.key}`);
    const governor = await createSender({ rpc: httpRpc(url), key: privateKey, timeoutSeconds: 60, onStep: note });
    await governor.send(`${seat.name} registers its new port`, contracts.memberRegistry, abi, "setProfile", [seat.member, profile]);
  }
}
