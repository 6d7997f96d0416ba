import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startWorld, zero } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const add = (operator: string, id = 1, from = w.governor(1)) => w.send(from, w.members, "addOperator", [id, operator]);
const remove = (operator: string, id = 1, from = w.governor(1)) => w.send(from, w.members, "removeOperator", [id, operator]);
const list = (id = 1) => w.read<string[]>(w.members, "operators", [id]);

test.serial("an added operator writes for the hospital, a removed one never again", async (t) => {
  const second = w.signer().address;
  emitted(t, await add(second), "OperatorAdded", { id: 1, operator: second });
  t.is(await w.read(w.members, "hospitalOf", [second]), 1);
  emitted(t, await remove(w.operator(1)), "OperatorRemoved", { id: 1, operator: w.operator(1) });
  t.deepEqual(await list(), [second]);
  t.is(await w.read(w.members, "hospitalOf", [w.operator(1)]), 0);
  t.deepEqual(await w.read(w.members, "memberOf", [w.operator(1)]), [0, 0, 0]);
  t.deepEqual(await refused(t, "AddressTaken", add(w.operator(1))), [w.operator(1), 1]);
  await refused(t, "OperatorUnknown", remove(w.operator(1)));
});

test.serial("removal keeps all others, wherever the removed one stood", async (t) => {
  const three = [w.signer().address, w.signer().address, w.signer().address];
  for (const operator of three) await add(operator, 2, w.governor(2));
  await remove(three[1] ?? zero, 2, w.governor(2));
  t.deepEqual(new Set(await list(2)), new Set([w.operator(2), three[0], three[2]]));
  await remove(w.operator(2), 2, w.governor(2));
  await remove(three[0] ?? zero, 2, w.governor(2));
  await remove(three[2] ?? zero, 2, w.governor(2));
  t.deepEqual(await list(2), []);
});

test.serial("sixteen at most", async (t) => {
  for (let count = (await list(3)).length; count < 16; count++) await add(w.signer().address, 3, w.governor(3));
  await refused(t, "OperatorsTooMany", add(w.signer().address, 3, w.governor(3)));
});

test.serial("refuses operators, strangers, zero and other members' operators", async (t) => {
  t.deepEqual(await refused(t, "CallerNotGovernor", add(w.signer().address, 4, w.operator(4))), [4, w.operator(4)]);
  await refused(t, "CallerNotGovernor", remove(w.operator(4), 4, w.governor(1)));
  await refused(t, "AddressMissing", add(zero));
  await refused(t, "AddressTaken", add(w.governor(4)));
  await refused(t, "OperatorUnknown", remove(w.operator(4)));
  await refused(t, "OperatorUnknown", remove(w.governor(1)));
});

test.serial("a stolen key can be removed while suspended and while writes are paused; none can be added", async (t) => {
  await w.send(w.council, w.members, "suspend", [4]);
  await refused(t, "MemberStatusUnexpected", add(w.signer().address, 4, w.governor(4)));
  await w.pause(w.members);
  await refused(t, "WritesArePaused", add(w.signer().address));
  await t.notThrowsAsync(remove(w.operator(4), 4, w.governor(4)));
});
