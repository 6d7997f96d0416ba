import test from "ava";
import { encodeDeployData, encodeFunctionData, toFunctionSelector, type AbiFunction } from "viem";
import { reportCoverage, type Contract } from "../support/chain.ts";
import { profile, startWorld } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);

const { MemberRegistry, MemberRegistryProxy, ERC1967Proxy } = w.artifacts;
const functions = (abi: readonly { readonly type: string }[]) => abi.filter(({ type }) => type === "function") as AbiFunction[];

/** A second registry of its own, behind a proxy that answers nothing itself. */
async function plainRegistry(): Promise<Contract> {
  const code = await w.create(w.council, encodeDeployData({ ...MemberRegistry, args: [] }));
  const init = encodeFunctionData({ abi: MemberRegistry.abi, functionName: "initialize", args: [w.authority.address] });
  return { address: await w.create(w.council, encodeDeployData({ ...ERC1967Proxy, args: [code, init] })), abi: MemberRegistry.abi };
}

test.serial("the proxy answers two reads, and hides nothing else of the registry", (t) => {
  const behind = new Set(functions(MemberRegistry.abi).map((item) => toFunctionSelector(item)));
  const answered = functions(MemberRegistryProxy.abi);
  t.deepEqual(answered.map(({ name }) => name).sort(), ["hospitalOf", "isActiveHospital"]);
  for (const item of answered) t.true(behind.has(toFunctionSelector(item)), item.name);
});

test.serial("the proxy and the code behind it give the same answers, whatever becomes of a member", async (t) => {
  const [governor, operator, second] = [w.unlocked(12), w.unlocked(13), w.unlocked(14)];
  for (const registry of [w.members, await plainRegistry()]) {
    const admit = async (kind: number, chief = governor, hands = [operator]) => {
      await w.send(w.council, registry, "admit", [kind, chief, hands, profile("newcomer")]);
      return w.read<number>(registry, "memberCount");
    };
    const answers = async (id: number) => ({
      active: await w.read<boolean>(registry, "isActiveHospital", [id]),
      governor: await w.read<number>(registry, "hospitalOf", [governor]),
      operator: await w.read<number>(registry, "hospitalOf", [operator]),
      second: await w.read<number>(registry, "hospitalOf", [second]),
    });
    t.deepEqual(await answers(99), { active: false, governor: 0, operator: 0, second: 0 });
    const id = await admit(1);
    t.deepEqual(await answers(id), { active: true, governor: 0, operator: id, second: 0 });
    await w.send(governor, registry, "addOperator", [id, second]);
    await w.send(governor, registry, "removeOperator", [id, operator]);
    t.deepEqual(await answers(id), { active: true, governor: 0, operator: 0, second: id });
    await w.send(w.council, registry, "suspend", [id]);
    t.deepEqual(await answers(id), { active: false, governor: 0, operator: 0, second: 0 });
    await w.send(w.council, registry, "reinstate", [id]);
    t.deepEqual(await answers(id), { active: true, governor: 0, operator: 0, second: id });
    await w.send(w.council, registry, "expel", [id]);
    t.deepEqual(await answers(id), { active: false, governor: 0, operator: 0, second: 0 });
    const observer = await admit(2, w.unlocked(15), [w.unlocked(16)]);
    t.false(await w.read(registry, "isActiveHospital", [observer]));
    t.is(await w.read(registry, "hospitalOf", [w.unlocked(16)]), 0);
    t.deepEqual(await w.read(registry, "memberOf", [w.unlocked(16)]), [observer, 2, 1]);
  }
});
