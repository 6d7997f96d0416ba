import { readFile } from "node:fs/promises";
import type { Reporter } from "../display.ts";
import { eventually, expect, expectEqual } from "../expect.ts";
import { fiducial, governorKeyFile } from "../fiducial.ts";
import type { World } from "../world.ts";
import { verifiedRows } from "./verify.ts";

type Proposal = {
  readonly number: number;
  readonly does: readonly string[];
  readonly needs: string;
  readonly next: string;
  readonly standing: { readonly state: string; readonly twoThirds: boolean; readonly votes: { readonly for: number; readonly against: number } };
  readonly voters: readonly { readonly member: number | null; readonly choice: string; readonly reason: string }[];
};
type Info = { readonly parameters: { readonly deadlines: Readonly<Record<string, string>> } };
/** A proposal under way, and what it is to change. */
export type Decision = { readonly proposal: string; readonly emergency: number };

/**
 * Step 11a: Hospital A's governor proposes another deadline for emergencies, and the three governors vote, B's against it. Their keys sign on the
 * command line; the agents, whose own keys have no vote, relay.
 */
export async function proposedAndVoted(world: World, report: Reporter): Promise<Decision> {
  const { parameters } = await world.people.adminA.get<Info>("/api/council");
  // From run to run on the same chain there and back again.
  const emergency = Number(parameters.deadlines["emergencyDelivery"]) === 900 ? 600 : 900;
  const made = await fiducial<Proposal>(world, "a", "admin", ["member", "propose", "deadlines", "--emergency", String(emergency), "--why", `An emergency cannot wait for long (${new Date().toISOString()}).`, "--key-file", governorKeyFile(world, "a")]);
  const proposal = `p${made.number}`;
  expect(!made.standing.twoThirds && made.does.length === 1, "a deadline takes more than half of the votes");
  report.note(`${proposal}: ${made.does.join("; ")}`);
  await eventually("the vote to open", 20, async () => ((await world.people.adminA.get<Proposal>(`/api/proposals/${made.number}`)).standing.state === "active" ? true : null));
  const ballots = [["a", "--for"], ["b", "--against"], ["c", "--for"]] as const;
  const why = "Nights are hard to staff.";
  await Promise.all(ballots.map(([at, choice]) => fiducial(world, at, "admin", ["member", "vote", proposal, choice, ...(at === "b" ? ["--why", why] : []), "--key-file", governorKeyFile(world, at)])));
  const seen = await eventually("the votes in the regulator's view", 20, async () => {
    const now = await world.people.auditorRegulator.get<Proposal>(`/api/proposals/${made.number}`);
    return now.voters.length === 3 ? now : null;
  });
  expectEqual(seen.voters.map(({ member, choice }) => `${member} ${choice}`).sort(), ["1 for", "2 against", "3 for"], "votes as the regulator sees them");
  expectEqual(seen.voters.find(({ member }) => member === 2)?.reason, why, "B's reason as the regulator reads it");
  report.note(`${seen.standing.votes.for} in favour, ${seen.standing.votes.against} against; ${seen.next}`);
  return { proposal, emergency };
}

/** Step 11b: carried, queued, and after its delay executed, by agents that nobody gave any power; the regulator finds the new rule, and the powers as they were. */
export async function carriedOut(world: World, { proposal, emergency }: Decision, report: Reporter): Promise<void> {
  await fiducial(world, "b", "admin", ["member", "queue", proposal, "--wait"]);
  await fiducial(world, "c", "admin", ["member", "execute", proposal, "--wait"]);
  const done = await fiducial<Proposal>(world, "regulator", "auditor", ["member", "show", proposal]);
  expectEqual(done.standing.state, "executed", `state of ${proposal}`);
  const rows = await verifiedRows(world);
  const wrong = rows.filter(({ ok }) => !ok).map(({ what, found }) => `${what}: ${found}`);
  expectEqual(wrong, [], "what the regulator's verification finds wrong");
  const found = rows.find(({ what }) => what === "deadlines, s")?.found ?? "";
  // Otherwise than at the founding they are well by the members' vote, which the row then tells behind the value.
  expect(found.split(" ")[0]?.endsWith(`,${emergency}]`) === true, `the chain has the new deadline (${found})`);
  const deployer = rows.find(({ what }) => what === "deployer")?.found ?? "";
  const governors = await Promise.all((["a", "b", "c"] as const).map(async (at) => (await readFile(governorKeyFile(world, at), "utf8")).trim()));
  expect(new Set(governors).size === 3, "every hospital has a governor key of its own");
  report.note(`queued by Hospital B's agent, executed by Hospital C's; deadlines, s: ${found}`);
  report.note(`the regulator's verification: ${rows.length} points, none wrong; deployer ${deployer}`);
}
