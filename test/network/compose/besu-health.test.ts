import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type ExecutionContext } from "ava";
import { parse } from "yaml";
import { besuHealth } from "../../../network/compose/besu-health.ts";
import { besuOf } from "../../../network/compose/names.ts";
import { composeFile, composeText, nothingPublished } from "../../../network/compose/compose.ts";
import { nodesOf } from "../../../network/consortium-file.ts";
import { skipLoudly } from "../../support/skip.ts";
import { someConsortia } from "./consortia.ts";

/** What a node answers: whether it calls itself ready, and the time stamp of its newest block, seconds; null: something else than a block. */
type Node = { readonly ready: boolean; readonly newest: number | null };

const bash = spawnSync("bash", ["-c", '[ -n "$EPOCHSECONDS" ]']).status === 0;

async function statusOf(t: ExecutionContext, { ready, newest }: Node, minPeers = 1): Promise<number> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.method === "GET") return void response.writeHead(ready ? 200 : 503).end('{"status":"UP"}');
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      t.is((JSON.parse(body) as { readonly method: string }).method, "eth_getBlockByNumber");
      response.end(newest === null ? '{"jsonrpc":"2.0","id":1,"error":{"code":-32000}}' : `{"jsonrpc":"2.0","id":1,"result":{"number":"0x5","timestamp":"0x${newest.toString(16)}","transactions":[]}}`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => void server.close());
  const child = spawn("bash", ["-c", besuHealth("127.0.0.1", (server.address() as AddressInfo).port, minPeers, 60)]);
  const [status] = (await once(child, "close")) as [number];
  t.is(asked[0], `GET /readiness?minPeers=${minPeers}&maxBlocksBehind=5`);
  return status;
}

test("a node is healthy while it is ready and its newest block is young", async (t) => {
  if (!bash) return skipLoudly(t, "bash 5, which the image of Besu has");
  const now = Math.floor(Date.now() / 1000);
  t.is(await statusOf(t, { ready: true, newest: now }), 0);
  t.not(await statusOf(t, { ready: false, newest: now }), 0, "without peers, or behind");
  t.not(await statusOf(t, { ready: true, newest: now - 3600 }), 0, "ready by its own word, and standing still");
  t.not(await statusOf(t, { ready: true, newest: null }), 0, "an error is not an answer");
  t.is(await statusOf(t, { ready: true, newest: now }, 0), 0);
});

test("a node that does not answer is not healthy", (t) => {
  if (!bash) return skipLoudly(t, "bash 5, which the image of Besu has");
  t.not(spawnSync("bash", ["-c", besuHealth("127.0.0.1", 1, 1, 60)]).status, 0);
});

test("the compose file carries the script unchanged", (t) => {
  for (const [shape, consortium] of Object.entries(someConsortia())) {
    const { services } = parse(composeText(composeFile({ consortium, project: "p", published: nothingPublished }))) as { readonly services: Readonly<Record<string, { readonly healthcheck: { readonly test: readonly string[] } }>> };
    for (const { node } of nodesOf(consortium)) {
      const script = services[besuOf(node)]?.healthcheck.test[3] ?? "";
      t.true(script.includes("$$answer"), shape);
      t.notRegex(script.replaceAll("$$", ""), /\$/u, `${shape}: what compose would take for a variable of its own`);
    }
  }
});
