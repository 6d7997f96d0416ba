import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../../config/schema.ts";
import type { Keyring } from "../../envelope/keyring.ts";
import { isFault } from "../../model/fault.ts";
import type { MemberView } from "../../model/ledger-views.ts";
import type { ProbeAnswer } from "../../model/probe.ts";
import { createPeers } from "../../peers/create-peers.ts";
import type { LedgerReader } from "../../ports/ledger.ts";
import { fail, failure, type Finding, ok, warn } from "./finding.ts";

const skewMs = 15_000;

/** The same from the other side: what every other hospital's agent sees of us. */
export async function checkOthers(config: Config, keyring: Extract<Keyring, { role: "hospital" }>, members: readonly MemberView[], reader: Pick<LedgerReader, "block">): Promise<Finding[]> {
  const others = members.filter(({ id, kind, status }) => id !== config.member && kind === "hospital" && status === "active");
  const peers = createPeers({
    credentials: keyring.tls,
    profileOf: (member) => others.find(({ id }) => id === member)?.profile ?? null,
    clock: { now: () => Date.now(), sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }) },
    timeouts: { connectMs: 4000, headersMs: 8000 },
  });
  try {
    const rows = await Promise.all(
      others.map(async (member) => {
        const check = `seen by member ${member.id}`;
        try {
          return await patiently(async () => {
            const asked = Date.now();
            const answer = await peers.probe(member.id, AbortSignal.timeout(30_000));
            return await judge(check, config, answer, (asked + Date.now()) / 2, reader);
          });
        } catch (error) {
          return [failure(check, error)];
        }
      }),
    );
    return rows.flat();
  } finally {
    await peers.close();
  }
}

/** Asks again some seconds later where the member has answered enough for now. */
async function patiently(ask: () => Promise<Finding[]>): Promise<Finding[]> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 4 || !isFault(error, "PEER_REFUSED") || error.details.peerCode !== "PEER_PROBED_LATELY") throw error;
      await sleep(5500);
    }
  }
}

/** What one member's answer means. `middleMs`: our clock halfway between question and answer. */
export async function judge(check: string, config: Pick<Config, "chain">, answer: ProbeAnswer, middleMs: number, reader: Pick<LedgerReader, "block">): Promise<Finding[]> {
  const found: Finding[] = [];
  const { chain, dialed, nodes, now } = answer;
  if (chain.chainId !== config.chain.chainId || chain.genesisHash !== config.chain.genesisHash)
    found.push(fail(check, `it follows another chain: ${chain.chainId}, genesis ${chain.genesisHash}`, "Compare the genesis file with the one every member signed; one of the two is wrong."));
  else if (chain.block !== null) {
    const ours = await reader.block(chain.block.number).catch(() => null);
    if (ours !== null && ours.hash !== chain.block.hash)
      found.push(fail(check, `block ${chain.block.number} is ${chain.block.hash} there and ${ours.hash} here: the chain has split`, "Stop writing. Compare the block with a third member; the node that stands alone is wiped and follows anew."));
  }
  const skew = Math.round((now - middleMs) / 1000);
  if (Math.abs(now - middleMs) > skewMs) found.push(warn(check, `its clock is ${Math.abs(skew)} s ${skew > 0 ? "ahead of" : "behind"} ours`, "Set the clock that is wrong (NTP): blocks dated in the future are refused, consents begin and end by block time."));
  for (const { what, address, ok: reached, reason } of dialed) {
    if (reached) continue;
    const ours = what === "node" ? "our chain node" : "our agent";
    if (reason === "private address") found.push(fail(check, `${ours} is registered at a private address (${address}), which leads nowhere from there`, "Register the address under which the other institutions reach it: `fiducial member nodes change`, `fiducial member profile`."));
    else found.push(fail(check, `it cannot reach ${ours} at ${address} (${reason ?? "unknown"})`, "Open TCP inwards to this port for the member, forward it to the machine, and check that the program runs."));
  }
  for (const { key, allowed, connected } of nodes) {
    const name = `our node ${key.slice(0, 16)}`;
    if (allowed === false) found.push(fail(check, `its allowlist lacks ${name}`, "Its agent adds what the registry names within a few blocks; if it does not, ask the member to look at its agent's status."));
    else if (connected === false) found.push(warn(check, `${name} is allowed there and not connected`, "See whether each reaches the other; a node that was just registered connects within a minute."));
  }
  return found.length === 0 ? [ok(check, `reaches us at ${dialed.map(({ address }) => address).join(", ")}; same chain, clocks ${Math.abs(skew)} s apart${nodes.length === 0 ? "" : "; our nodes allowed and connected"}`)] : found;
}
