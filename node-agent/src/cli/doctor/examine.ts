import { loadConfig } from "../../config/load.ts";
import { checkAgent } from "./check-agent.ts";
import { checkChain, openChain } from "./check-chain.ts";
import { checkDataDir, checkKeyring, checkListeners } from "./check-files.ts";
import { checkIpfs } from "./check-ipfs.ts";
import { checkGas, checkNode } from "./check-node.ts";
import { checkOthers } from "./check-others.ts";
import { checkPeers } from "./check-peers.ts";
import { checkRegistry } from "./check-registry.ts";
import { failure, type Finding, ok, skip } from "./finding.ts";

/** Everything the doctor looks at, in the order in which one thing needs another. Never throws for what it finds. */
export async function examine(file: string): Promise<Finding[]> {
  let config: Awaited<ReturnType<typeof loadConfig>>;
  try {
    config = await loadConfig(file);
  } catch (error) {
    return [failure("configuration", error), skip("everything else", "needs the configuration")];
  }
  const found: Finding[] = [ok("configuration", file), ...(await checkDataDir(config)), ...checkListeners(config), ...(await checkIpfs(config))];
  const { findings, keyring } = await checkKeyring(config);
  found.push(...findings);
  const chain = openChain(config);
  try {
    found.push(...(await checkChain(config, chain, Date.now())));
    if (found.some(({ check, state }) => check === "chain" && state === "fail")) return [...found, skip("registry and peers", "need the chain"), ...(await checkAgent(config))];
    const registry = await checkRegistry(config, chain, keyring);
    found.push(...registry.findings);
    found.push(...(await checkGas(config)), ...(await checkNode(config, config.member, registry.members)));
    if (keyring?.role === "hospital") {
      found.push(...(await checkPeers(config.member, keyring, registry.members)), ...(await checkOthers(config, keyring, registry.members, chain.reader)));
    }
  } finally {
    await chain.close();
  }
  return [...found, ...(await checkAgent(config))];
}
