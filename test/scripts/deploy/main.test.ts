import test from "ava";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { startChain } from "../../contracts/support/chain.ts";
import { profile } from "../../contracts/support/world.ts";

const run = promisify(execFile);
const program = fileURLToPath(new URL("../../../scripts/deploy.ts", import.meta.url));
type Call = { readonly id: number; readonly method: string; readonly params: readonly unknown[] };

test("the program deploys over HTTP and prints the addresses", async (t) => {
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
  const folder = await mkdtemp(join(tmpdir(), "fiducial-deploy-"));
  t.teardown(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });
  const address = () => privateKeyToAccount(generatePrivateKey()).address;
  const [key, plan] = [join(folder, "key"), join(folder, "plan.json")];
  await writeFile(key, `${generatePrivateKey()}\n`);
  const members = [{ kind: "Hospital", governor: address(), operators: [address()], profile: profile("one") }];
  await writeFile(plan, JSON.stringify({ council: address(), reviewers: [], members }));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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
