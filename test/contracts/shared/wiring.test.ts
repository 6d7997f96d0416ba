import test from "ava";
import { encodeDeployData, encodeFunctionData, getAddress } from "viem";
import { defaultParameters } from "../../../scripts/deploy/parameters.ts";
import { refused, reportCoverage } from "../support/chain.ts";
import { startWorld, zero } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);

test("every contract says what it works with", async (t) => {
  const of = async (contract: keyof typeof w.contracts, getter: string, target: keyof typeof w.contracts) =>
    t.is(await w.read(w.contracts[contract], getter), getAddress(w.contracts[target].address), `${contract}.${getter}`);
  for (const contract of ["studies", "consents", "access"] as const) await of(contract, "memberRegistry", "members");
  for (const contract of ["consents", "access"] as const) await of(contract, "studyRegistry", "studies");
  await of("access", "consentRegistry", "consents");
  await of("access", "creditLedger", "credit");
  await of("credit", "accessLedger", "access");
  for (const contract of ["members", "studies", "consents", "access", "credit"] as const) await of(contract, "authority", "authority");
});

test("no contract is made without one it works with", async (t) => {
  const needs = { StudyRegistry: 1, ConsentRegistry: 2, AccessLedger: 4 } as const;
  for (const [name, count] of Object.entries(needs) as [keyof typeof needs, number][]) {
    const create = (args: readonly unknown[]) => w.create(w.council, encodeDeployData({ ...w.artifacts[name], args }));
    const all = Array.from({ length: count }, () => w.stranger);
    for (const missing of all.keys()) await refused(t, "AddressMissing", create(all.with(missing, zero)));
    await t.notThrowsAsync(create(all));
  }
});

test("no contract answers to nobody, and none can be initialized behind its proxy's back", async (t) => {
  const make = (name: keyof typeof w.artifacts, args: readonly unknown[] = []) => w.create(w.council, encodeDeployData({ ...w.artifacts[name], args }));
  const terms = [86_400, 86_400];
  const kinds = [
    { name: "MemberRegistry", args: [], rest: [] },
    { name: "StudyRegistry", args: [w.stranger], rest: [] },
    { name: "ConsentRegistry", args: [w.stranger, w.stranger], rest: terms },
    { name: "AccessLedger", args: [w.stranger, w.stranger, w.stranger, w.stranger], rest: terms },
    { name: "CreditLedger", args: [w.stranger, 60], rest: [defaultParameters.credit] },
  ] as const;
  for (const { name, args, rest } of kinds) {
    const code = await make(name, args);
    const initialization = (authority: string) => encodeFunctionData({ abi: w.artifacts[name].abi, functionName: "initialize", args: [authority, ...rest] });
    await refused(t, "AddressMissing", make("ERC1967Proxy", [code, initialization(zero)]));
    await t.notThrowsAsync(make("ERC1967Proxy", [code, initialization(w.authority.address)]), name);
    await refused(t, "InvalidInitialization", w.send(w.stranger, { address: code, abi: w.artifacts[name].abi }, "initialize", [w.authority.address, ...rest]));
  }
});

test("nobody but the Council puts other code behind a proxy", async (t) => {
  for (const contract of [w.members, w.studies, w.consents, w.access, w.credit]) {
    for (const somebody of [w.stranger, w.guardian, w.reviewer, w.operator(1), w.governor(1)]) {
      await refused(t, "AccessManagedUnauthorized", w.send(somebody, contract, "upgradeToAndCall", [w.stranger, "0x"]));
    }
  }
});
