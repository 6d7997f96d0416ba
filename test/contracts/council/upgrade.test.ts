import test from "ava";
import { upgrades } from "@openzeppelin/hardhat-upgrades/viem";
import { pathToFileURL } from "node:url";
import hre from "hardhat";
import { encodeDeployData, encodeFunctionData, getAddress, type Abi, type Address, type Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { isFault } from "../../../node-agent/src/model/fault.ts";
import { implementationOf } from "../../../scripts/deploy/read.ts";
import { upgradeable } from "../../../scripts/generate/layouts.ts";
import { checkUpgrade } from "../../../scripts/upgrade/check.ts";
import { emitted, refused, reportCoverage, type Contract } from "../support/chain.ts";
import { startCouncil, type Call } from "../support/council.ts";
import { fresh } from "../support/world.ts";

const w = await startCouncil();
const plugin = await upgrades(hre, w.connection);
reportCoverage(test);

type Name = (typeof upgradeable)[number];
const cache = pathToFileURL(`${hre.config.paths.cache}/`);
const proxies: Readonly<Record<Name, Contract>> = {
  MemberRegistry: w.members,
  StudyRegistry: w.studies,
  ConsentRegistry: w.consents,
  AccessLedger: w.access,
  CreditLedger: w.credit,
  Council: w.council,
};
const construct: Readonly<Record<Name, readonly unknown[]>> = {
  MemberRegistry: [],
  StudyRegistry: [w.members.address],
  ConsentRegistry: [w.members.address, w.studies.address],
  AccessLedger: [w.members.address, w.studies.address, w.consents.address, w.credit.address],
  CreditLedger: [w.access.address, 86_400],
  Council: [],
};
const abiOf = async (name: string) => (await hre.artifacts.readArtifact(name)).abi as Abi;
async function code(name: string, args: readonly unknown[]): Promise<Address> {
  const { abi, bytecode } = await hre.artifacts.readArtifact(name);
  return w.create(w.stranger, encodeDeployData({ abi: abi as Abi, bytecode: bytecode as Hex, args }));
}
const upgradeCall = (contract: Name, next: Address, init: Hex): Call => ({ target: proxies[contract], name: "upgradeToAndCall", args: [next, init] });

const study = { id: fresh(), patient: privateKeyToAccount(generatePrivateKey()).address };
const requestId = fresh();
/** What every contract knows, read through the interfaces of the first version. */
async function history() {
  return {
    profile: await w.read(w.members, "profile", [1]),
    votes: await w.read(w.members, "getVotes", [w.governor(1)]),
    epoch: await w.read(w.members, "epoch"),
    study: await w.read(w.studies, "study", [study.id]),
    nonce: await w.read(w.consents, "nonce", [study.id, 2]),
    terms: await w.read(w.consents, "terms"),
    deadlines: await w.read(w.access, "deadlines"),
    anchor: await w.read(w.access, "anchor", [1]),
    parameters: await w.read(w.credit, "parameters"),
    rules: await w.read(w.council, "rules"),
    token: await w.read(w.council, "token"),
    timelock: await w.read(w.council, "timelock"),
  };
}

test.serial("every next version is upgradeable from the present one, by OpenZeppelin's checks", async (t) => {
  for (const name of upgradeable) {
    const options = { kind: "uups" as const, constructorArgs: [...construct[name]] };
    await t.notThrowsAsync(plugin.validateImplementation(`${name}V2`, options), name);
    await t.notThrowsAsync(plugin.validateUpgrade(name, `${name}V2`, options), name);
  }
});

test.serial("each contract is upgraded by vote on a chain with history: the state stays, and the new field is set once", async (t) => {
  await w.send(w.operator(1), w.studies, "register", [study.id, study.patient, fresh()]);
  await w.send(w.operator(2), w.access, "request", [requestId, study.id, 6]);
  await w.send(w.operator(1), w.access, "anchorLog", [`0x${"0".repeat(64)}`, fresh(), 3]);
  const before = await history();
  for (const [index, name] of upgradeable.entries()) {
    const abi = await abiOf(`${name}V2`);
    // Its own event is not among those of the first version.
    w.abis.push(abi);
    const next = await code(`${name}V2`, construct[name]);
    const init = encodeFunctionData({ abi, functionName: "initializeSecond", args: [BigInt(index + 7)] });
    await checkUpgrade({ rpc: w.rpc, contract: name, source: `contracts/test/upgrades/${name}V2.sol:${name}V2`, proxy: proxies[name].address, candidate: next, holder: w.timelock.address, init, cache });
    t.is(await w.stateOf(await w.voted([upgradeCall(name, next, init)], [1, 2, 3])), "Defeated", "more than half is too little");
    emitted(t, await w.decide([upgradeCall(name, next, init)]), "Upgraded", { implementation: next });
    t.is(await implementationOf(w.rpc, proxies[name].address), getAddress(next));
    const second = { address: proxies[name].address, abi };
    t.is(await w.read(second, "upgradedBy"), BigInt(index + 7), name);
    await refused(t, "InvalidInitialization", w.send(w.stranger, second, "initializeSecond", [1n]));
    await refused(t, "InvalidInitialization", w.send(w.stranger, { address: next, abi }, "initializeSecond", [1n]));
    t.deepEqual(await history(), before, name);
  }
});

test.serial("what was begun before the upgrades goes on after them", async (t) => {
  emitted(t, await w.send(w.operator(1), w.access, "deliver", [requestId, fresh()]), "AccessDelivered", { requestId });
  emitted(t, await w.send(w.operator(1), w.studies, "supersede", [study.id, 1, fresh()]), "StudySuperseded", { version: 2 });
  emitted(t, await w.decide([w.suspend(5)], [1, 2, 3]), "MemberSuspended");
});

test.serial("and back: each can be upgraded again, and a proposal made under the old Council ends under the new", async (t) => {
  const open = await w.draft([w.reinstate(5)]);
  await w.propose(open);
  const again = await code("Council", []);
  const p = await w.draft([upgradeCall("Council", again, "0x")]);
  await w.propose(p);
  await w.opened();
  for (const id of [1, 2, 3]) for (const proposal of [open, p]) await w.vote(proposal, id);
  await w.closed();
  for (const proposal of [p, open]) await w.queue(proposal);
  await w.ripe();
  await w.execute(p);
  emitted(t, await w.execute(open), "MemberReinstated", { id: 5 });
  for (const name of upgradeable.filter((item) => item !== "Council")) {
    emitted(t, await w.decide([upgradeCall(name, await code(name, construct[name]), "0x")]), "Upgraded");
  }
});

/** The tool's refusal of a StudyRegistry made from this source. */
async function refusal(name: string, args: readonly unknown[], init: Hex = "0x", folder = "contracts/test/upgrades"): Promise<string> {
  const candidate = await code(name, args);
  const upgrade = { rpc: w.rpc, contract: "StudyRegistry" as const, source: `${folder}/${name}.sol:${name}`, proxy: w.studies.address, candidate, holder: w.timelock.address, init, cache };
  const error = await checkUpgrade(upgrade).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return isFault(error, "DEPLOY_UPGRADE_REFUSED") ? error.details.findings.join("; ") : String(error);
}

test.serial("a next version that would do harm is refused with a sentence", async (t) => {
  t.is(await refusal("StudyRegistry", construct.StudyRegistry, "0x", "contracts"), "undefined", "the present one does none");
  t.regex(await refusal("StudyRegistryReordered", construct.StudyRegistry), /in erc7201:fiducial\.storage\.StudyRegistry "slot 0 byte 0: paused: t_bool" becomes "slot 0 byte 0: total: t_uint256"/u);
  t.regex(await refusal("StudyRegistryReordered", construct.StudyRegistry), /can be initialised by anybody/u);
  t.regex(await refusal("StudyRegistryForgetful", []), /the storage of erc7201:fiducial\.storage\.StudyRegistry is forgotten.*anybody could upgrade it afterwards/u);
  t.is(await refusal("StudyRegistryFrozen", construct.StudyRegistry), "it could never be upgraded again");
  t.is(await refusal("StudyRegistryV2", construct.StudyRegistry), "it adds erc7201:fiducial.test.SecondVersion and no initialiser sets it");
  t.is(await refusal("StudyRegistryV2", construct.StudyRegistry, "0x12345678"), "the upgrade itself does not go through");
  const none = { rpc: w.rpc, contract: "StudyRegistry" as const, source: "contracts/StudyRegistry.sol:StudyRegistry", proxy: w.studies.address, candidate: w.unlocked(19), holder: w.timelock.address, init: "0x" as const, cache };
  t.regex(String(await t.throwsAsync(checkUpgrade(none))), /there is no code at/u);
  await t.throwsAsync(checkUpgrade({ ...none, source: "contracts/Nowhere.sol:Nowhere" }), { message: /no layout of/u });
  const options = { kind: "uups" as const, constructorArgs: [...construct.StudyRegistry] };
  await t.throwsAsync(plugin.validateUpgrade("StudyRegistry", "StudyRegistryReordered", options), { message: /New storage layout is incompatible/u });
});

test.serial("code that is no upgradeable contract at all is refused by the proxy itself", async (t) => {
  const before = await implementationOf(w.rpc, w.studies.address);
  await refused(t, "ERC1967InvalidImplementation", w.execute(await w.ready([upgradeCall("StudyRegistry", w.authority.address, "0x")])));
  await refused(t, "FailedCall", w.execute(await w.ready([upgradeCall("StudyRegistry", w.stranger, "0x")])));
  t.is(await implementationOf(w.rpc, w.studies.address), before);
});
