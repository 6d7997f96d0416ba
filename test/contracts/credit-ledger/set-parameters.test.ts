import test from "ava";
import { encodeDeployData, hexToString, type Hex } from "viem";
import { defaultParameters } from "../../../scripts/deploy/parameters.ts";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startWorld, zero } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const defaults = defaultParameters.credit;
const set = (change: Partial<typeof defaults>, from = w.council) => w.send(from, w.credit, "setParameters", [{ ...defaults, ...change }]);

test.serial("the Council changes them all at once", async (t) => {
  t.deepEqual(await w.read(w.credit, "parameters"), defaults);
  const changed = { ...defaults, gateEnter: 620, missedPenalty: 60, openGold: 20 };
  emitted(t, await set(changed), "ParametersChanged", { parameters: changed });
  t.deepEqual(await w.read(w.credit, "parameters"), changed);
  await refused(t, "AccessManagedUnauthorized", set({}, w.guardian));
});

test.serial("each within its bounds, named when it is not", async (t) => {
  const wrong: readonly Partial<typeof defaults>[] = [
    { treatFloor: 401 },
    { newcomerCap: 501 },
    { gateLeave: 500 },
    { gateEnter: 550 },
    { goldLeave: 599 },
    { goldEnter: 1001 },
    { goldEnter: 750 },
    { epochCap: 0 },
    { missedPenalty: 1001 },
    { misusePenalty: 1001 },
    { researchOpen: 0, researchShut: 1 },
    { operationsOpen: 19 },
    { minCounterparties: 0 },
    { openBronze: 0 },
    { openSilver: 1 },
    { openGold: 4 },
  ];
  for (const change of wrong) {
    const [name] = await refused(t, "ParameterOutOfBounds", set(change));
    t.deepEqual([hexToString(name as Hex, { size: 32 })], Object.keys(change).slice(0, 1));
  }
});

test.serial("the least that is allowed is allowed", async (t) => {
  const least: readonly Partial<typeof defaults>[] = [{ treatFloor: 0 }, { treatFloor: 0, newcomerCap: 0 }, { gateEnter: 551 }, { goldEnter: 751 }, { epochCap: 1 }];
  for (const change of least) await t.notThrowsAsync(set(change), JSON.stringify(change));
  await set({});
});

test.serial("the length of an epoch and the access ledger are fixed in the code", async (t) => {
  t.is(await w.read(w.credit, "epochSeconds"), 86_400);
  const create = (args: readonly unknown[]) => w.create(w.council, encodeDeployData({ ...w.artifacts.CreditLedger, args }));
  await refused(t, "AddressMissing", create([zero, 60]));
  for (const seconds of [0, 7 * 86_400 + 1]) await refused(t, "ParameterOutOfBounds", create([w.stranger, seconds]));
  for (const seconds of [1, 7 * 86_400]) await t.notThrowsAsync(create([w.stranger, seconds]));
});
