import type { Call, CouncilWorld, Proposal } from "./council.ts";
import { withOverrides } from "../../../scripts/deploy/parameters.ts";

type Figure = readonly [operation: string, gas: number];

/**
 * Gas of the Council's decisions, each step of them, in steady state: members were suspended and brakes pulled before, so that no counter is
 * zero. Every proposal is among five hospitals: execution counts the Active ones twice.
 */
export async function measureCouncilGas(world: CouncilWorld): Promise<Record<string, number>> {
  const figures: Figure[] = [];
  await world.decide([world.suspend(5)]);
  const p = await world.draft([world.reinstate(5)], "the hospital delivers again");
  figures.push(["council: propose", (await world.propose(p)).gas]);
  await world.opened();
  figures.push(["council: vote, the first", (await world.vote(p, 1)).gas]);
  figures.push(["council: vote, a later one", (await world.vote(p, 2)).gas]);
  await world.vote(p, 3);
  await world.closed();
  figures.push(["council: queue", (await world.queue(p)).gas]);
  await world.ripe();
  figures.push(["council: execute a reinstatement", (await world.execute(p)).gas]);

  const unwanted = await world.draft([world.suspend(4)], "the hospital does not deliver");
  await world.propose(unwanted);
  const until = (await world.now()) + 3600;
  for (const [index, guardian] of world.guardians.slice(0, 2).entries()) {
    const approved = await world.send(guardian, world.panel, "approve", [world.council.address, unwanted.id, until]);
    figures.push([`guardians: approve a cancellation, the ${index === 0 ? "first" : "second"}`, approved.gas]);
  }
  figures.push(["guardians: cancel", (await world.send(world.stranger, world.panel, "cancel", [...unwanted.calls, unwanted.hash])).gas]);
  const carried = await world.voted([world.suspend(4)], [1, 2, 3]);
  await world.queue(carried);
  await world.approve(world.council, carried.id);
  figures.push(["guardians: cancel what is queued", (await world.send(world.stranger, world.panel, "cancel", [...carried.calls, carried.hash])).gas]);

  const executed = async (name: string, call: Call): Promise<Proposal> => {
    const ready = await world.ready([call]);
    figures.push([`council: execute ${name}`, (await world.execute(ready)).gas]);
    return ready;
  };
  await executed("a suspension", world.suspend(5));
  await executed("an expulsion", world.expel(5));
  await executed("an admission", world.admit(world.unlocked(15), "newcomer"));
  const { credit, access, consents, council } = world.contracts;
  await executed("credit parameters", { target: credit, name: "setParameters", args: [{ ...withOverrides({}).credit, epochCap: 60 }] });
  await executed("deadlines", { target: access, name: "setDeadlines", args: [7200, 600] });
  await executed("terms", { target: consents, name: "setTerms", args: [30 * 86_400, 86_400] });
  await executed("the Council's own rules", { target: council, name: "setRules", args: [{ votingDelay: 10, votingPeriod: 100, gracePeriod: 2000, minHospitals: 2 }] });

  for (const target of [access, credit]) {
    await world.approve(target);
    await world.send(world.stranger, world.panel, "pause", [target.address]);
    await world.decide([{ target, name: "resume" }]);
  }
  await world.approve(access);
  figures.push(["guardians: pause", (await world.send(world.stranger, world.panel, "pause", [access.address])).gas]);
  await executed("the release of a brake", { target: access, name: "resume" });
  return Object.fromEntries(figures);
}
