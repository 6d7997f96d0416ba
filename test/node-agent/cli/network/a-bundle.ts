import { randomBytes } from "node:crypto";
import { newNodeKey } from "../../../../network/besu/node-key.ts";
import { checkConsortium } from "../../../../network/consortium-file.ts";
import { consortiumGenesis } from "../../../../network/genesis/of-consortium.ts";
import { type Bundle, bundleDocument, readBundle } from "../../../../node-agent/src/cli/network/bundle-format.ts";
import { createSigner } from "../../../../node-agent/src/ledger/sign.ts";
import { genesisHashOf, readGenesis } from "../../../../node-agent/src/proof/genesis.ts";
import { signTypedData } from "../../../../node-agent/src/wallet/sign.ts";

const hex = (bytes: number): `0x${string}` => `0x${randomBytes(bytes).toString("hex")}`;
const key = randomBytes(32);

/** A bundle of a consortium of four, as a member would make it. */
export function aBundle(over: Readonly<Record<string, string | null>> = {}): Bundle {
  const members = [1, 2, 3, 4].map((id) => {
    const node = newNodeKey();
    return { id, name: `h${id}`, kind: "hospital" as const, governor: hex(20), operators: [hex(20)], profile: { endpoint: `https://h${id}.invalid`, openpgpSha256: hex(32), spkiSha256: hex(32) }, nodes: [{ name: `n${id}`, publicKey: node.publicKey, host: "127.0.0.1", p2pPort: 30_300 + id, rpcPort: 8500 + id, wsPort: 8600 + id, metricsPort: 9500 + id, validator: true, storage: null }] };
  });
  const consortium = checkConsortium({ name: "four", chainId: 20_251, consensus: { protocol: "ibft2", blockPeriodSeconds: 1, emptyBlockPeriodSeconds: null }, gasLimit: 100_000_000, guardians: [hex(20)], members });
  const genesis = JSON.parse(JSON.stringify(consortiumGenesis(consortium, {}))) as Record<string, unknown>;
  const content = {
    format: "fiducial bundle 1",
    chainId: 20_251,
    genesisHash: genesisHashOf(readGenesis(genesis)),
    genesis,
    recentBlock: { number: 7, hash: hex(32), timestamp: 1_700_000_000 },
    enodes: members.map(({ nodes: [node] }) => `enode://${node?.publicKey}@127.0.0.1:${node?.p2pPort}`),
    contracts: { ...over, ...Object.fromEntries(["memberRegistry", "studyRegistry", "consentRegistry", "accessLedger", "creditLedger", "consortiumAuthority", "council", "timelock"].map((name) => [name, hex(20)])) },
    deployedAtBlock: 1,
    members: members.map(({ id, name, profile }) => ({ id, displayName: name, ...profile })),
    ipfs: null,
    madeBy: { member: 1, operator: createSigner(key, 20_251).address },
  } as unknown as Bundle["content"];
  return readBundle({ content, signature: signTypedData(bundleDocument(content), key) });
}
