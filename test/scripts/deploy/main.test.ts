import test, { type ExecutionContext } from "ava";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { stringify } from "yaml";
import { parseChain } from "../../../node-agent/src/config/parse-chain.ts";
import { someConsortium } from "../../network/consortium.ts";
import { startChain } from "../../contracts/support/chain.ts";
import { profile } from "../../contracts/support/world.ts";

const run = promisify(execFile);
const verifier = fileURLToPath(new URL("../../../scripts/verify.ts", import.meta.url));
const program = fileURLToPath(new URL("../../../scripts/deploy.ts", import.meta.url));
type Call = { readonly id: number; readonly method: string; readonly params: readonly unknown[] };

/** An in-process chain behind an HTTP port. */
async function node(t: ExecutionContext): Promise<{ readonly url: string; readonly chainId: number }> {
  const chain = await startChain();
  const server = createServer(async (request, response) => {
    const { id, method, params } = (await json(request)) as Call;
    const answer = await chain.rpc.request({ method, params }).then(
      (result) => ({ result }),
      (error: unknown) => ({ error: { code: -32000, message: String(error) } }),
    );
    response.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  t.teardown(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, chainId: Number(await chain.rpc.request({ method: "eth_chainId" })) };
}

async function scratch(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fiducial-deploy-"));
  t.teardown(() => rm(folder, { recursive: true }));
  return folder;
}

test("the consortium file is all it takes: deployed, handed out, and verified against the same file", async (t) => {
  const { url, chainId } = await node(t);
  const folder = await scratch(t);
  const [file, out] = [join(folder, "consortium.yaml"), join(folder, "chain.json")];
  await writeFile(file, stringify({ ...someConsortium(3), chainId, parameters: { emergencyDelivery: 600 }, governance: { votingPeriod: 3600 } }));
  await run(process.execPath, [program, "--rpc", url, "--consortium", file, "--out", out]);
  const { contracts, deployedAtBlock } = parseChain(await readFile(out, "utf8"));
  t.truthy(contracts.council);
  await writeFile(join(folder, "deployment.json"), JSON.stringify({ ...contracts, deployedAtBlock }));
  const at = [verifier, "--rpc", url, "--deployment", join(folder, "deployment.json")];
  t.regex((await run(process.execPath, [...at, "--consortium", file])).stdout, / 0 not as they should be\n$/u);
  await writeFile(file, stringify({ ...someConsortium(3), chainId, governance: { votingPeriod: 7200 } }));
  const other = await run(process.execPath, [...at, "--consortium", file]).catch((error: { stdout: string }) => error);
  t.regex(other.stdout, /^FAIL +parameters +rules of the Council .*3600.*not .*7200/mu);
  await writeFile(file, stringify({ ...someConsortium(3), chainId: chainId + 1 }));
  await t.throwsAsync(run(process.execPath, [program, "--rpc", url, "--consortium", file]), { message: /the consortium file is for chain \d+, the node answers for chain/u });
});

test("the program deploys over HTTP and prints the addresses", async (t) => {
  const { url } = await node(t);
  const folder = await scratch(t);
  const address = () => privateKeyToAccount(generatePrivateKey()).address;
  const [key, plan] = [join(folder, "key"), join(folder, "plan.json")];
  await writeFile(key, `${generatePrivateKey()}\n`);
  const members = [{ kind: "Hospital", governor: address(), operators: [address()], profile: profile("one") }];
  await writeFile(plan, JSON.stringify({ council: address(), reviewers: [], members }));
  const { stdout, stderr } = await run(process.execPath, [program, "--rpc", url, "--key", key, "--plan", plan]);
  t.deepEqual(Object.keys(JSON.parse(stdout)), ["consortiumAuthority", "memberRegistry", "studyRegistry", "consentRegistry", "accessLedger", "creditLedger", "deployedAtBlock"]);
  t.regex(stderr, /admit member 1\nhand over\nread back\n$/u);
});

test("help is printed and exits 0; missing options exit 1; an unreachable node is a sentence", async (t) => {
  t.regex((await run(process.execPath, [program, "--help"])).stdout, /Exit codes/u);
  await t.throwsAsync(run(process.execPath, [program]), { message: /Command failed/u });
  const folder = await mkdtemp(join(tmpdir(), "fiducial-deploy-"));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "key"), generatePrivateKey());
  await writeFile(join(folder, "plan"), "{}");
  const args = [program, "--rpc", "http://127.0.0.1:9", "--key", join(folder, "key"), "--plan", join(folder, "plan")];
  const error = await t.throwsAsync(run(process.execPath, args));
  t.regex(String(error), /eth_chainId failed.*\n.*Check the node's address/u);
});
