import test from "ava";
import { concat, encodeDeployData, numberToHex, pad, slice, type Address, type Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { loadArtifacts } from "../../../scripts/deploy/artifacts.ts";
import { deployConsortium } from "../../../scripts/deploy/consortium.ts";
import { IMPLEMENTATION_SLOT, implementationOf } from "../../../scripts/deploy/read.ts";
import { compareCode } from "../../../scripts/verify/code.ts";
import { verifyConsortium, type Verification } from "../../../scripts/verify/consortium.ts";
import { startChain } from "../../contracts/support/chain.ts";
import { startCouncil, type Call } from "../../contracts/support/council.ts";
import { profile } from "../../contracts/support/world.ts";

const w = await startCouncil();
const plan: NonNullable<Verification["plan"]> = { governance: w.governance, guardians: w.guardians, reviewers: [w.reviewer], parameters: {} };
const someone = () => privateKeyToAccount(generatePrivateKey()).address;

/** What a verification finds wrong, as text. */
async function wrong(change: Partial<Verification> = {}): Promise<string> {
  const rows = await verifyConsortium({ rpc: w.rpc, deployment: w.deployment, plan, ...change });
  return rows.filter(({ ok }) => !ok).map(({ area, what, found }) => `${area}: ${what}: ${found}`).join("\n");
}
/** Does something to the chain, looks, and undoes it. */
async function after(change: () => Promise<unknown>): Promise<string> {
  const before = await w.snapshot();
  await change();
  const found = await wrong();
  await w.revert(before);
  return found;
}
const decided = (...calls: Call[]) => after(() => w.decide(calls));

test.serial("a consortium as it was deployed is found to be so, whether or not the plan is known", async (t) => {
  t.is(await wrong(), "");
  const rows = await verifyConsortium({ rpc: w.rpc, deployment: w.deployment });
  t.true(rows.every(({ ok }) => ok));
  for (const area of ["code", "roles", "owners", "parameters", "layouts"]) t.true(rows.some((row) => row.area === area), area);
  t.regex(rows.find(({ what }) => what === "COUNCIL")?.found ?? "", new RegExp(`^${w.timelock.address}$`, "iu"));
});

test.serial("the deployer is found on the chain, and anything it still holds is a failure", async (t) => {
  const { deployer } = w;
  const rows = await verifyConsortium({ rpc: w.rpc, deployment: w.deployment });
  t.is(rows.find(({ what }) => what === "deployer")?.found, `${deployer} holds nothing`.replace(deployer, deployer.toLowerCase()));
  const grant = { target: w.authority, name: "grantRole" };
  t.regex(await decided({ ...grant, args: [2n, deployer, 0] }), /^roles: deployer: 0x\w{40} still holds the role GUARDIAN$/mu);
  t.regex(await decided({ target: w.timelock, name: "grantRole", args: [`0x${"0".repeat(64)}`, deployer] }), /^roles: deployer: .* still holds ADMIN of the timelock$/mu);
  t.regex(await decided({ ...w.admit(deployer, "a sixth"), args: [1, deployer, [], profile("a sixth")] }), /^roles: deployer: .* still holds a vote$/mu);
  t.regex(await decided({ target: w.members, name: "admit", args: [1, someone(), [deployer], profile("a sixth")] }), /^roles: deployer: .* seat of an operator of member 6$/mu);
  t.regex(await decided({ target: w.panel, name: "setGuardians", args: [[deployer, w.guardian, w.stranger], 2n] }), /^roles: deployer: .* still holds a seat on the guardians' panel$/mu);
  t.regex(await wrong({ deployment: { ...w.deployment, deployedAtBlock: w.deployment.deployedAtBlock - 1 } }), /deployedAtBlock is wrong/u);
});

test.serial("code that differs in one byte is found, wherever it is", async (t) => {
  const places: Readonly<Record<string, Address>> = {
    "ConsortiumAuthority": w.authority.address,
    "TimelockController": w.timelock.address,
    "GuardianPanel": w.panel.address,
    "MemberRegistry proxy": w.members.address,
    "StudyRegistry code": await implementationOf(w.rpc, w.studies.address),
    "Council code": await implementationOf(w.rpc, w.council.address),
  };
  for (const [what, address] of Object.entries(places)) {
    const code = (await w.rpc.request({ method: "eth_getCode", params: [address, "latest"] })) as Hex;
    // The last byte of the metadata: nothing that runs, and still another source.
    const flipped = concat([slice(code, 0, -3), numberToHex(Number(slice(code, -3, -2)) ^ 1, { size: 1 }), slice(code, -2)]);
    const found = await after(() => w.rpc.request({ method: "hardhat_setCode", params: [address, flipped] }));
    t.regex(found, new RegExp(`^code: ${what}: .*other code than this source`, "mu"), what);
    t.regex(found, /proves nothing by its answers/u);
  }
});

test.serial("an implementation that was exchanged, or works with strangers, is found", async (t) => {
  const other = await startCouncil({ chain: w });
  const theirs = await implementationOf(w.rpc, other.studies.address);
  t.regex(await after(() => w.setStorage(w.studies.address, IMPLEMENTATION_SLOT, pad(theirs, { size: 32 }))), /^code: StudyRegistry code: names 0x\w{40}, which is not of this consortium/u);
  const wrongOne = await implementationOf(w.rpc, w.credit.address);
  t.regex(await after(() => w.setStorage(w.studies.address, IMPLEMENTATION_SLOT, pad(wrongOne, { size: 32 }))), /^code: StudyRegistry code: 0x\w{40} is other code/u);
  t.not(await wrong({ deployment: { ...w.deployment, creditLedger: other.deployment.creditLedger } }), "");
});

test.serial("powers given beside the plan are found", async (t) => {
  const { authority, timelock, members } = w;
  const grant = (role: bigint, delay = 0): Call => ({ target: authority, name: "grantRole", args: [role, w.stranger, delay] });
  t.regex(await decided(grant(1n)), /^roles: COUNCIL: 0x\w{40}, 0x\w{40}$/u);
  t.regex(await decided(grant(0n, 60)), /^roles: ADMIN: .*, with a delay$/u);
  t.regex(await decided(grant(2n)), /^roles: GUARDIAN: /u);
  t.regex(await decided(grant(9n)), /^roles: role 9: unplanned, held by 0x/u);
  t.regex(await decided({ target: authority, name: "setTargetFunctionRole", args: [members.address, ["0x4f1ef286"], 2n] }), /^roles: \d+ restricted functions: MemberRegistry\.upgradeToAndCall needs role 2, not 1$/u);
  t.regex(await decided({ target: authority, name: "setTargetFunctionRole", args: [members.address, ["0x12345678"], 2n ** 64n - 1n] }), /unplanned: 0x\w{40} 0x12345678 needs role 18446744073709551615/u);
  t.regex(await decided({ target: authority, name: "setTargetClosed", args: [members.address, true] }), /is closed to everybody/u);
  t.regex(await decided({ target: authority, name: "setRoleAdmin", args: [3n, 2n] }, { target: authority, name: "setRoleGuardian", args: [1n, 2n] }), /the administrator of role 3 is role 2\n.*the guardian of role 1 is role 2/u);
  t.regex(await decided({ target: timelock, name: "grantRole", args: [await w.read(timelock, "PROPOSER_ROLE"), w.stranger] }), /^roles: TimelockController: PROPOSER of the timelock is held by/u);
  const studies: Call = { target: authority, name: "updateAuthority", args: [w.studies.address, (await startCouncil({ chain: w })).authority.address] };
  t.regex(await decided(studies), /^owners: contracts: StudyRegistry answers to another authority$/u);
});

test.serial("the guardians' panel: other people, another threshold, another panel, and one that looks elsewhere, are found", async (t) => {
  const seated = (guardians: readonly Address[], threshold: bigint): Call => ({ target: w.panel, name: "setGuardians", args: [guardians, threshold] });
  // Seated by vote they are well, and the row says since when; otherwise than by vote they could only have been seated at the deployment.
  t.is(await decided(seated([...w.guardians.slice(0, 2), w.stranger], 1n)), "");
  t.regex(await wrong({ plan: { ...plan, guardians: [w.stranger], guardianThreshold: 2 } }), /^parameters: guardians: \[.*\], not \[.*\]$/u);
  t.regex(await wrong({ plan: { ...plan, guardianThreshold: 3 } }), /^parameters: guardians who must agree: 2, not 3$/u);
  const revoked: Call = { target: w.authority, name: "revokeRole", args: [2n, w.panel.address] };
  t.regex(await decided(revoked), /^roles: GUARDIAN: nobody$/u);
  t.regex(await decided({ target: w.authority, name: "setTargetFunctionRole", args: [w.panel.address, ["0x12345678"], 2n] }), /unplanned: 0x\w{40} 0x12345678 needs role 2/u);
  const other = await startCouncil({ chain: w });
  t.regex(await wrong({ deployment: { ...w.deployment, guardianPanel: other.panel.address } }), /^code: GuardianPanel: 0x\w{40} was made for another Council, chain or address$/mu);
  const { abi, bytecode } = w.artifacts.GuardianPanel;
  const make = (authority: Address, targets: readonly Address[]) => w.create(w.stranger, encodeDeployData({ abi, bytecode, args: [authority, w.council.address, targets, w.guardians, 2n] }));
  const strange = await make(other.authority.address, [w.studies.address]);
  const found = await wrong({ deployment: { ...w.deployment, guardianPanel: strange } });
  t.regex(found, /^owners: GuardianPanel: the guardians' panel's authority is 0x/mu);
  t.regex(found, /^owners: GuardianPanel: the guardians' panel can stop 0x\w{40}, not 0x/mu);
  t.regex(found, /^roles: GUARDIAN: /mu);
});

test.serial("parameters that are not the plan's are found, and only shown without a plan", async (t) => {
  const before = await w.snapshot();
  const credit = await w.read<object>(w.credit, "parameters");
  await w.decide([
    { target: w.access, name: "setDeadlines", args: [61, 62] },
    { target: w.consents, name: "setTerms", args: [86_400, 86_401] },
    { target: w.credit, name: "setParameters", args: [{ ...credit, epochCap: 60 }] },
    { target: w.council, name: "setRules", args: [{ votingDelay: 11, votingPeriod: 100, gracePeriod: 1000, minHospitals: 2 }] },
    { target: w.timelock, name: "updateDelay", args: [70n] },
  ]);
  const rows = await verifyConsortium({ rpc: w.rpc, deployment: w.deployment, plan });
  t.deepEqual(rows.filter(({ ok }) => !ok), [], "what the members voted since is well");
  const found = (what: string) => rows.find((row) => row.what === what)?.found ?? "";
  t.regex(found("deadlines, s"), /^\[61,62\] by vote in block \d+; agreed at the founding: \[86400,900\]$/u);
  t.regex(found("delay of the timelock, s"), /^70 by vote in block \d+; agreed at the founding: 50$/u);
  for (const what of ["terms of consent, s", "credit", "rules of the Council"]) t.regex(found(what), /by vote in block/u, what);
  await w.revert(before);
  t.regex(await wrong({ plan: { ...plan, parameters: { delivery: 5 } } }), /^parameters: deadlines, s: \[86400,900\], not \[5,900\]$/u);
  t.regex(await wrong({ plan: { ...plan, parameters: { epochSeconds: 5, credit: { treatFloor: 1 } } } }), /credit epoch, s: 86400, not 5\n.*credit: .*not .*"treatFloor":1/u);
  t.regex(await wrong({ plan: { governance: { ...w.governance, votingPeriod: 5 } } }), /rules of the Council/u);
  t.is(await wrong({ plan: {} }), "");
});

test.serial("a consortium in somebody's hand passes only where that was the plan", async (t) => {
  const chain = await startChain();
  const council = someone();
  const members = [{ kind: "Hospital" as const, governor: someone(), operators: [someone()], profile: profile("one") }];
  const deployment = await deployConsortium({ rpc: chain.rpc, deployerKey: generatePrivateKey(), council, reviewers: [], members });
  t.is(await wrong({ rpc: chain.rpc, deployment, plan: { council } }), "");
  t.regex(await wrong({ rpc: chain.rpc, deployment, plan: {} }), /^roles: ADMIN: 0x\w{40}\nroles: COUNCIL: 0x\w{40}$/u);
});

test("masked values are given back, everything else is compared", async (t) => {
  const { ERC1967Proxy, StudyRegistry } = await loadArtifacts();
  t.deepEqual(compareCode(ERC1967Proxy.deployedBytecode, ERC1967Proxy), { same: true, immutables: [] });
  t.false(compareCode(`${ERC1967Proxy.deployedBytecode}00`, ERC1967Proxy).same);
  t.false(compareCode("0x", ERC1967Proxy).same);
  const compared = compareCode(StudyRegistry.deployedBytecode, StudyRegistry);
  t.true(compared.same && compared.immutables.length === 1, "empty room reads as zero");
});
