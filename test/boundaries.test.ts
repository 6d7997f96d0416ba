import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, normalize, relative } from "node:path";
import test from "ava";

const root = "node-agent/src";
const sources = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((item) => item.isFile() && item.name.endsWith(".ts")).map((item) => join(item.parentPath, item.name));
const files = await sources(root);
const networkFiles = await sources("network");

type Import = { readonly from: string; readonly to: string };
const importsOf = (list: readonly string[]): Import[] =>
  list.flatMap((file) => [...readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/gu)].map((match) => ({ from: file, to: match[1] ?? "" })));
const imports = importsOf(files);
const room = (file: string) => {
  const path = relative(root, file);
  if (path.startsWith("../../network/")) return "network/";
  return path.includes("/") ? (path.split("/")[0] ?? "") : path;
};

const pure = ["encoding", "dicom", "envelope", "dag", "wallet", "search", "statistics", "consortium", "proof"];
const adapters = ["ledger", "blocks", "peers", "journal", "index", "accounts", "config", "ops", "threads"];
/** Which rooms a room may import from, besides itself. */
const allowed: Record<string, readonly string[]> = {
  model: [],
  ports: ["model"],
  ...Object.fromEntries(pure.map((name) => [name, ["model", "ports", "dag", "encoding"]])),
  encoding: [],
  ...Object.fromEntries(adapters.map((name) => [name, ["model", "ports", ...pure]])),
  flows: ["model", "ports", ...pure],
  http: ["model", "ports", "flows", ...pure],
  cli: ["model", "ports", "blocks", "config", "wallet", "envelope", "dicom", "proof", "accounts", "ops", "ledger", "peers", "consortium", "network/", "agent.ts"],
  "agent.ts": ["model", "ports", "flows", "http", ...pure, ...adapters],
  "main.ts": ["model", "ports", "cli", "agent.ts", "config", "ops"],
};
/** Each heavy dependency has one home. */
const homes: readonly { readonly name: RegExp; readonly room: string }[] = [
  { name: /^web3(?:-|$)/u, room: "ledger" },
  { name: /^openpgp$/u, room: "envelope" },
  { name: /^@scure\//u, room: "wallet" },
  { name: /^fflate$/u, room: "dicom" },
  { name: /^express/u, room: "http" },
  { name: /^helmet$|^jose$/u, room: "http" },
  { name: /^@ipld\/|^ipfs-unixfs/u, room: "dag" },
  { name: /^prom-client$|^pino$/u, room: "ops" },
  { name: /^commander$|^listr2$/u, room: "cli" },
  { name: /^yaml$/u, room: "config" },
];

test("imports between rooms point one way", (t) => {
  t.true(imports.length > 100, "the tree was read");
  for (const { from, to } of imports) {
    if (!to.startsWith(".")) continue;
    t.true(to.endsWith(".ts") || to.endsWith(".json"), `${from} imports ${to} without its ending`);
    const target = room(normalize(join(dirname(from), to)));
    if (target === room(from)) continue;
    t.true(allowed[room(from)]?.includes(target) ?? false, `${from} (${room(from)}) must not import ${to} (${target})`);
  }
});

test("network/ knows of the agent its errors, Ethereum's encodings and how a strict YAML file is read, nothing else", (t) => {
  const open = new Set(["node-agent/src/config/strict-yaml.ts"]);
  for (const { from, to } of importsOf(networkFiles)) {
    if (!to.startsWith(".")) continue;
    t.true(to.endsWith(".ts"), `${from} imports ${to} without its ending`);
    const target = normalize(join(dirname(from), to));
    t.true(target.startsWith("network/") || target.startsWith("node-agent/src/model/") || target.startsWith("node-agent/src/encoding/") || open.has(target), `${from} must not import ${to}`);
  }
});

test("each heavy dependency has one home", (t) => {
  for (const { from, to } of imports) {
    const home = homes.find(({ name }) => name.test(to));
    if (home !== undefined) t.is(room(from), home.room, `${from} imports ${to}`);
  }
});

test("only main.ts touches the process", (t) => {
  for (const file of files) {
    if (file === join(root, "main.ts")) continue;
    const text = readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/gu, "");
    t.notRegex(text, /\bprocess\.(?:argv|env|on|once|exit|stdin|stdout|stderr|kill)\b/u, `${file} touches the process`);
  }
});

test("no file outgrows its thing", (t) => {
  const sizes = [...files, ...networkFiles].filter((file) => !file.endsWith(".generated.ts")).map((file) => ({ file, lines: readFileSync(file, "utf8").split("\n").length }));
  for (const { file, lines } of sizes) t.true(lines <= 400, `${file} has ${lines} lines`);
  const sorted = sizes.map(({ lines }) => lines).sort((one, two) => one - two);
  t.true((sorted[Math.floor(sorted.length / 2)] ?? 0) <= 110, "the median file has at most 110 lines");
});
