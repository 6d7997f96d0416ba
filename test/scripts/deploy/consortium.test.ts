import test from "ava";
import { getAddress } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { isFault } from "../../../node-agent/src/model/fault.ts";
import { loadArtifacts } from "../../../scripts/deploy/artifacts.ts";
import { deployConsortium, type DeployInput } from "../../../scripts/deploy/consortium.ts";
import { verifyDeployment, type Expected } from "../../../scripts/deploy/verify.ts";
import { startChain, type Chain } from "../../contracts/support/chain.ts";
import { profile } from "../../contracts/support/world.ts";

const someone = () => privateKeyToAccount(generatePrivateKey()).address;
const founder = (name: string) => ({ kind: "Hospital" as const, governor: someone(), operators: [someone()], profile: profile(name) });
const plan = (chain: Chain, change: Partial<DeployInput> = {}): DeployInput => ({
  rpc: chain.rpc,
  deployerKey: generatePrivateKey(),
  council: someone(),
  guardians: [someone()],
  reviewers: [someone(), someone()],
  members: [founder("one"), founder("two"), { ...founder("observer"), kind: "Observer" }],
  ...change,
});

test("deploys, tells its steps, and leaves the deployer nothing", async (t) => {
  const chain = await startChain();
  const steps: string[] = [];
  const input = plan(chain, { onStep: (step) => steps.push(step), parameters: { delivery: 5, credit: { missedPenalty: 7 } } });
  const deployed = await deployConsortium(input);
  t.is(steps[0], "authority");
  t.is(steps.at(-1), "read back");
  t.is(steps.length, 11 + 1 + 3 + 1 + 1);
  const artifacts = await loadArtifacts();
  const authority = { address: deployed.consortiumAuthority, abi: artifacts.ConsortiumAuthority.abi };
  const deployer = privateKeyToAccount(input.deployerKey).address;
  for (const role of [0n, 1n, 2n, 3n]) {
    const [holds] = await chain.read<[boolean, number]>(authority, "hasRole", [role, deployer]);
    t.false(holds, `role ${role}`);
  }
  const access = { address: deployed.accessLedger, abi: artifacts.AccessLedger.abi };
  t.deepEqual(await chain.read(access, "deadlines"), [5, 900]);
  t.true(deployed.deployedAtBlock >= 1);
});

test("the council is guardian when none is named", async (t) => {
  const chain = await startChain();
  const { guardians: _none, ...input } = plan(chain);
  const deployed = await deployConsortium(input);
  const authority = { address: deployed.consortiumAuthority, abi: (await loadArtifacts()).ConsortiumAuthority.abi };
  t.true((await chain.read<[boolean, number]>(authority, "hasRole", [2n, input.council]))[0]);
});

test("wrong input is refused before anything is sent", async (t) => {
  const chain = await startChain();
  const key = generatePrivateKey();
  const deployer = privateKeyToAccount(key).address;
  const zero = "0x0000000000000000000000000000000000000000" as const;
  const wrong: Partial<DeployInput>[] = [
    { council: zero },
    { council: deployer },
    { reviewers: [deployer] },
    { guardians: ["0x12"] },
    { members: [{ ...founder("x"), governor: deployer }] },
    { members: [{ ...founder("x"), operators: [zero] }] },
  ];
  for (const change of wrong) {
    const error = await t.throwsAsync(deployConsortium(plan(chain, { deployerKey: key, ...change })));
    t.true(isFault(error, "DEPLOY_INPUT_WRONG"), String(error));
  }
  t.is(await chain.rpc.request({ method: "eth_blockNumber" }), "0x0");
});

test("a founder that cannot be admitted stops the deployment with the node's reason", async (t) => {
  const chain = await startChain();
  const twice = founder("twice");
  const error = await t.throwsAsync(deployConsortium(plan(chain, { members: [twice, { ...founder("other"), governor: twice.governor }] })));
  t.true(isFault(error, "DEPLOY_RPC_FAILED"), String(error));
  t.regex(String(error), /eth_estimateGas.*AddressTaken/su);
});

test("a chain that mines nothing is noticed", async (t) => {
  const chain = await startChain();
  await chain.rpc.request({ method: "evm_setAutomine", params: [false] });
  const error = await t.throwsAsync(deployConsortium(plan(chain, { timeoutSeconds: 0.05 })));
  t.true(isFault(error, "DEPLOY_TIMEOUT"), String(error));
});

test("a transaction that reverts is noticed", async (t) => {
  const chain = await startChain();
  // A node whose estimates are far too low: the first transaction runs out of gas.
  const rpc: DeployInput["rpc"] = {
    request: async (call) => (call.method === "eth_estimateGas" ? "0x60000" : chain.rpc.request(call)),
  };
  const error = await t.throwsAsync(deployConsortium(plan(chain, { rpc })));
  t.true(isFault(error, "DEPLOY_REVERTED") || isFault(error, "DEPLOY_RPC_FAILED"), String(error));
});

test("missing artifacts are named", async (t) => {
  const error = await t.throwsAsync(loadArtifacts(new URL("file:///nonexistent/")));
  t.true(isFault(error, "DEPLOY_ARTIFACT_MISSING"), String(error));
});

test("every power that differs from the plan is found", async (t) => {
  const chain = await startChain();
  const artifacts = await loadArtifacts();
  const council = chain.account(0);
  const input = plan(chain, { council, artifacts });
  const deployed = await deployConsortium(input);
  const proxies = {
    MemberRegistry: deployed.memberRegistry,
    StudyRegistry: deployed.studyRegistry,
    ConsentRegistry: deployed.consentRegistry,
    AccessLedger: deployed.accessLedger,
    CreditLedger: deployed.creditLedger,
  };
  const slot = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc";
  const code = async (name: keyof typeof proxies) => getAddress(`0x${(await chain.getStorage(proxies[name], slot)).slice(-40)}`);
  const expected: Expected = {
    authority: deployed.consortiumAuthority,
    proxies,
    implementations: {
      MemberRegistry: await code("MemberRegistry"),
      StudyRegistry: await code("StudyRegistry"),
      ConsentRegistry: await code("ConsentRegistry"),
      AccessLedger: await code("AccessLedger"),
      CreditLedger: await code("CreditLedger"),
    },
    fromBlock: deployed.deployedAtBlock,
    holders: { ADMIN: [council], COUNCIL: [council], GUARDIAN: input.guardians ?? [], REVIEWER: input.reviewers },
    memberCount: 3,
  };
  await t.notThrowsAsync(verifyDeployment(chain.rpc, artifacts, expected));

  const findings = async (change: Partial<Expected>): Promise<string> => {
    const error = await t.throwsAsync(verifyDeployment(chain.rpc, artifacts, { ...expected, ...change }));
    return isFault(error, "DEPLOY_NOT_AS_PLANNED") ? error.details.findings.join("; ") : String(error);
  };
  t.regex(await findings({ memberCount: 4 }), /3 members instead of 4/u);
  t.regex(await findings({ holders: { ...expected.holders, ADMIN: [someone()] } }), /role ADMIN has other holders.*does not hold ADMIN/u);
  t.regex(await findings({ implementations: { ...expected.implementations, StudyRegistry: someone() } }), /StudyRegistry runs other code/u);
  const other = await deployConsortium(plan(chain, { artifacts }));
  t.regex(
    await findings({ proxies: { ...proxies, CreditLedger: other.creditLedger } }),
    /AccessLedger works with another CreditLedger.*CreditLedger works with another AccessLedger.*CreditLedger answers to another authority/u,
  );

  const authority = { address: deployed.consortiumAuthority, abi: artifacts.ConsortiumAuthority.abi };
  chain.abis.push(authority.abi);
  await chain.send(council, authority, "grantRole", [2n, someone(), 0]);
  await chain.send(council, authority, "grantRole", [77n, someone(), 0]);
  await chain.send(council, authority, "setTargetFunctionRole", [proxies.AccessLedger, ["0x8456cb59"], 3n]);
  await chain.send(council, authority, "setRoleAdmin", [3n, 1n]);
  const all = await findings({});
  for (const what of [/GUARDIAN has other holders/u, /unplanned role 77 is held/u, /AccessLedger\.pause needs role 3, not 2/u, /role REVIEWER is administered by role 1/u]) t.regex(all, what);
});
