import { parseArgs } from "node:util";
import { Fault } from "../../node-agent/src/model/fault.ts";
import { startEmbeddedChain } from "./start.ts";

/**
 * Chain process: `main.ts --dir DIR [--port N] [--host H] [--chain-id N] [--genesis-time S] [--heartbeat-ms N] [--watch-stdin]`.
 * Prints one JSON line when ready; a failure to start is one JSON line on standard error and exit status 1.
 */
const { values } = parseArgs({
  options: {
    dir: { type: "string" },
    port: { type: "string" },
    host: { type: "string" },
    "chain-id": { type: "string" },
    "genesis-time": { type: "string" },
    "heartbeat-ms": { type: "string" },
    "watch-stdin": { type: "boolean", default: false },
  },
});

function whole(name: "port" | "chain-id" | "genesis-time" | "heartbeat-ms"): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/u.test(text)) throw new TypeError(`--${name} takes a whole number`);
  return Number(text);
}

const say = (stream: NodeJS.WriteStream, line: object): void => void stream.write(`${JSON.stringify(line)}\n`);
const given = <Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> =>
  (value === undefined ? {} : { [key]: value }) as Partial<Record<Key, Value>>;

try {
  if (values.dir === undefined) throw new TypeError("--dir is needed: the folder that keeps the chain");
  const chain = await startEmbeddedChain({
    dir: values.dir,
    ...given("port", whole("port")),
    ...given("host", values.host),
    ...given("chainId", whole("chain-id")),
    ...given("genesisTime", whole("genesis-time")),
    ...given("heartbeatMs", whole("heartbeat-ms")),
    warn: (message) => say(process.stderr, { level: "warn", message }),
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    chain.close().then(
      () => process.exit(0),
      (error: unknown) => {
        say(process.stderr, { level: "error", message: String(error) });
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  if (values["watch-stdin"]) {
    // The parent holds the other end: it closes when the parent dies, however it dies.
    process.stdin.on("end", stop).on("error", stop).resume();
  }
  const { url, chainId, genesisHash, replayed } = chain;
  say(process.stdout, { ready: true, url, chainId, genesisHash, ...replayed });
} catch (error) {
  const known = error instanceof Fault ? { code: error.code, hint: error.hint } : {};
  say(process.stderr, { level: "error", message: error instanceof Error ? error.message : String(error), ...known });
  process.exit(1);
}
