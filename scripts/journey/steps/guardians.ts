import type { TypedData } from "../../../node-agent/src/model/typed-data.ts";
import type { Seat } from "../../local/layout.ts";
import type { Reporter } from "../display.ts";
import { eventually, expect, expectEqual } from "../expect.ts";
import { fiducial, governorKeyFile, guardianKeyFile } from "../fiducial.ts";
import { creditAccount, signAsPatient } from "../wallet.ts";
import type { Hex, Shared, World } from "../world.ts";

type Proposal = { readonly number: number; readonly does: readonly string[]; readonly standing: { readonly state: string } };
type Approved = { readonly approvals: readonly unknown[]; readonly needed: number; readonly done: { readonly block: number } | null };
type Guardians = { readonly acts: readonly { readonly contract: string | null; readonly state: string; readonly stops: string; readonly stays: string }[] };
type Prepared = { readonly terms: Readonly<Record<string, unknown>>; readonly typedData: TypedData };

/** Two guardians approve one after the other: nothing happens at the first, and it is done with the second. */
async function byTwo(world: World, what: readonly string[], [first, second]: readonly [Seat["key"], Seat["key"]]): Promise<void> {
  const approve = (at: Seat["key"]) => fiducial<Approved>(world, at, "admin", ["member", ...what, "--key-file", guardianKeyFile(world, at)]);
  const one = await approve(first);
  expect(one.done === null && one.approvals.length === 1 && one.needed === 2, "one guardian alone stops nothing");
  const two = await approve(second);
  expect(two.done !== null && two.approvals.length === 2, "two guardians do");
}

/** Hospital B's governor proposes that C be suspended; one guardian cannot cancel it, two do. */
export async function canceledByGuardians(world: World, report: Reporter): Promise<void> {
  const made = await fiducial<Proposal>(world, "b", "admin", ["member", "propose", "suspend", "3", "--why", `A quarrel (${new Date().toISOString()}).`, "--key-file", governorKeyFile(world, "b")]);
  // Each agent reads the chain by itself: one made at B is known at A and C a moment later.
  for (const at of ["a", "c"] as const)
    await eventually(`p${made.number} at ${world.seat(at).name}`, 20, async () => {
      const { proposals } = await fiducial<{ readonly proposals: readonly Proposal[] }>(world, at, "admin", ["member", "list", "--proposals"]);
      return proposals.some(({ number }) => number === made.number) ? true : null;
    });
  await byTwo(world, ["cancel", `p${made.number}`], ["a", "c"]);
  const state = await eventually("the cancelling in the regulator's view", 20, async () => {
    const { standing } = await world.people.auditorRegulator.get<Proposal>(`/api/proposals/${made.number}`);
    return standing.state === "canceled" ? standing.state : null;
  });
  report.note(`p${made.number} (${made.does.join("; ")}): one guardian's approval changed nothing, with the second it is ${state}`);
}

/** Two guardians stop new consents. A grant is refused, everything is still read; the members are asked to release the brake. Gives that proposal. */
export async function consentsBraked(world: World, { study, patient }: Shared, report: Reporter): Promise<string> {
  const { people, phrase, seat } = world;
  await byTwo(world, ["pause", "consentRegistry"], ["b", "c"]);
  const now = Math.floor(Date.now() / 1000);
  const { terms, typedData } = await people.patientA.post<Prepared>("/api/consents/prepare", { study, grantee: seat("c").member, purposes: ["TREAT"], notBefore: now - 60, expiry: now + 86_400, creditAccount: creditAccount(phrase) as Hex });
  const signature = signAsPatient(phrase, seat("a").member, patient, typedData);
  const refused = await people.clinicianC.problem("POST", "/api/consents", { terms, signature });
  expect(refused.code === "LEDGER_REVERTED", `a consent under the brake is refused (${refused.code})`);
  const { consents } = await people.patientA.get<{ readonly consents: readonly unknown[] }>(`/api/consents?study=${study}`);
  expect(consents.length > 0, "consents are read under the brake");
  const brake = (await fiducial<Guardians>(world, "regulator", "auditor", ["member", "guardians"])).acts.find(({ contract }) => contract === "consentRegistry");
  expect(brake?.state === "done", "the regulator sees the brake");
  const made = await fiducial<Proposal>(world, "a", "admin", ["member", "propose", "resume", "consentRegistry", "--why", `Looked into (${new Date().toISOString()}).`, "--key-file", governorKeyFile(world, "a")]);
  await eventually("the vote to open", 20, async () => ((await people.adminA.get<Proposal>(`/api/proposals/${made.number}`)).standing.state === "active" ? true : null));
  await eventually("the vote at Hospital C's agent", 20, async () => {
    const { proposals } = await fiducial<{ readonly proposals: readonly Proposal[] }>(world, "c", "admin", ["member", "list", "--proposals"]);
    return proposals.some(({ number, standing }) => number === made.number && standing.state === "active") ? true : null;
  });
  for (const at of ["a", "c"] as const) await fiducial(world, at, "admin", ["member", "vote", `p${made.number}`, "--for", "--key-file", governorKeyFile(world, at)]);
  report.note(`${brake?.stops}; goes on: ${brake?.stays}`);
  report.note(`a new consent was refused; only the members can release the brake: p${made.number}, put to the vote`);
  return `p${made.number}`;
}

/** Carried, queued and executed: consents may be given again. */
export async function brakeReleased(world: World, proposal: string, report: Reporter): Promise<void> {
  await fiducial(world, "b", "admin", ["member", "queue", proposal, "--wait"]);
  await fiducial(world, "c", "admin", ["member", "execute", proposal, "--wait"]);
  const { acts } = await fiducial<Guardians>(world, "regulator", "auditor", ["member", "guardians"]);
  expectEqual(acts.find(({ contract }) => contract === "consentRegistry")?.state, "open", "the brake of ConsentRegistry");
  report.note(`${proposal} executed by Hospital C's agent, which holds no power`);
}
