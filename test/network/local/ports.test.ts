import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { promisify } from "node:util";
import test from "ava";
import { freePort, freePortBlock, freePorts } from "../../../network/local/ports.ts";

const run = promisify(execFile);

test("ports are below those of outgoing connections, free, and never given twice", async (t) => {
  const ports = [...(await freePorts(120)), ...(await Promise.all(Array.from({ length: 20 }, () => freePort())))];
  t.is(new Set(ports).size, 140);
  for (const port of ports) t.true(port >= 20_000 && port < 32_000, `${port}`);
  const server = createServer().listen(ports[0], "127.0.0.1");
  await once(server, "listening");
  server.close();
});

test("a block lies side by side and no later answer falls into it", async (t) => {
  const base = await freePortBlock(70);
  const next = await freePortBlock(60);
  t.true(next >= base + 70 || next + 60 <= base);
  for (const port of await freePorts(50)) t.true((port < base || port >= base + 70) && (port < next || port >= next + 60));
  await t.throwsAsync(freePortBlock(200), { instanceOf: RangeError });
});

test.serial("a port that somebody else listens on is passed over", async (t) => {
  const taken = (await freePort()) + 1;
  const server = createServer().listen(taken, "127.0.0.1");
  // Another program may have it; then it is taken all the same.
  await once(server, "listening").catch(() => {});
  t.teardown(() => server.close());
  for (const port of await freePorts(10)) t.not(port, taken);
});

test("processes that ask at once are given different ports", async (t) => {
  const script = `const { freePorts } = await import(${JSON.stringify(new URL("../../../network/local/ports.ts", import.meta.url).href)});
    console.log(JSON.stringify(await freePorts(60)));
    process.stdin.resume().on("end", () => process.exit());`;
  const here = await freePorts(30);
  const others = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const asked = run(process.execPath, ["--input-type=module", "--eval", script]);
      const { stdout, stdin } = asked.child;
      // Each holds its ports until all have answered.
      const answered = new Promise<string>((resolve) => stdout?.once("data", (chunk: string) => resolve(chunk)));
      const done = async (): Promise<void> => {
        stdin?.end();
        await asked;
      };
      return { answered, done };
    }),
  );
  const found = [here, ...(await Promise.all(others.map(async ({ answered }) => JSON.parse(await answered) as number[])))].flat();
  await Promise.all(others.map(({ done }) => done()));
  t.is(found.length, 270);
  t.is(new Set(found).size, 270);
});
