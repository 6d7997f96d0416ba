import test from "ava";
import { upgrades } from "@openzeppelin/hardhat-upgrades/viem";
import hre from "hardhat";
import { encodeDeployData, encodeFunctionData, type Abi, type Address, type Hex } from "viem";
import { emitted, refused, reportCoverage, type Contract } from "../support/chain.ts";
import { grant } from "../support/consents.ts";
import { defaultParameters } from "../../../scripts/deploy/parameters.ts";
import { startWorld, zero } from "../support/world.ts";

const w = await startWorld();
const plugin = await upgrades(hre, w.connection);
reportCoverage(test);

const { members, studies, consents, access, credit, authority } = w;
const construct: Readonly<Record<string, readonly unknown[]>> = {
  MemberRegistry: [],
  StudyRegistry: [members.address],
  ConsentRegistry: [members.address, studies.address],
  AccessLedger: [members.address, studies.address, consents.address, credit.address],
  CreditLedger: [access.address, 86_400],
};
const initialize: Readonly<Record<string, readonly unknown[]>> = {
  MemberRegistry: [],
  StudyRegistry: [],
  ConsentRegistry: [86_400, 86_400],
  AccessLedger: [60, 60],
  CreditLedger: [defaultParameters.credit],
};
const proxies: Readonly<Record<string, Contract>> = { MemberRegistry: members, StudyRegistry: studies, ConsentRegistry: consents, AccessLedger: access, CreditLedger: credit };
const names = Object.keys(construct);

async function code(name: string, args: readonly unknown[] = construct[name] ?? []): Promise<Address> {
  const { abi, bytecode } = await hre.artifacts.readArtifact(name);
  return w.create(w.council, encodeDeployData({ abi: abi as Abi, bytecode: bytecode as Hex, args }));
}

const proxyOf = (name: string): Contract => {
  const found = proxies[name];
  if (found === undefined) throw new Error(name);
  return found;
};

test.serial("every implementation passes OpenZeppelin's upgrade checks", async (t) => {
  for (const name of names) {
    const options = { kind: "uups" as const, constructorArgs: [...(construct[name] ?? [])] };
    await t.notThrowsAsync(plugin.validateImplementation(name, options), name);
  }
});

test.serial("neither an implementation nor a proxy can be initialised again", async (t) => {
  for (const name of names) {
    const args = [authority.address, ...(initialize[name] ?? [])];
    const bare = { address: await code(name), abi: proxyOf(name).abi };
    await refused(t, "InvalidInitialization", w.send(w.stranger, bare, "initialize", args));
    await refused(t, "InvalidInitialization", w.send(w.council, proxyOf(name), "initialize", args));
  }
});

test.serial("no contract can be made without what it works with", async (t) => {
  for (const name of ["StudyRegistry", "ConsentRegistry", "AccessLedger"]) {
    const args = construct[name] ?? [];
    for (const index of args.keys()) await refused(t, "AddressMissing", code(name, args.with(index, zero)));
  }
  const { abi, bytecode } = w.artifacts.ERC1967Proxy;
  for (const name of names) {
    const init = encodeFunctionData({ abi: proxyOf(name).abi, functionName: "initialize", args: [zero, ...(initialize[name] ?? [])] });
    await refused(t, "AddressMissing", w.create(w.council, encodeDeployData({ abi, bytecode, args: [await code(name), init] })));
  }
});

test.serial("only the Council upgrades, the state stays, and it can be done again", async (t) => {
  const study = await w.register(1);
  await grant(w, study, { grantee: 2 });
  const before = [
    await w.read(members, "profile", [1]),
    await w.read(studies, "study", [study.id]),
    await w.read(consents, "consent", [study.id, 2]),
    await w.read(access, "deadlines"),
    await w.read(credit, "parameters"),
  ];
  for (const turn of [1, 2]) {
    for (const name of names) {
      const next = await code(name);
      await refused(t, "AccessManagedUnauthorized", w.send(w.guardian, proxyOf(name), "upgradeToAndCall", [next, "0x"]));
      emitted(t, await w.send(w.council, proxyOf(name), "upgradeToAndCall", [next, "0x"]), "Upgraded", { implementation: next });
    }
    const after = [
      await w.read(members, "profile", [1]),
      await w.read(studies, "study", [study.id]),
      await w.read(consents, "consent", [study.id, 2]),
      await w.read(access, "deadlines"),
      await w.read(credit, "parameters"),
    ];
    t.deepEqual(after, before, `upgrade ${turn}`);
  }
});
