import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import test from "ava";

const text = readFileSync("node-agent/Dockerfile", "utf8");
/** One instruction per entry, continued lines joined, comments gone. */
const instructions = text
  .split("\n")
  .filter((line) => !line.startsWith("#"))
  .join("\n")
  .replaceAll(/\\\n\s*/gu, " ")
  .split("\n")
  .filter((line) => line.trim() !== "")
  .map((line) => ({ name: line.split(" ")[0] ?? "", rest: line.slice(line.indexOf(" ") + 1) }));
const named = (name: string) => instructions.filter((one) => one.name === name).map(({ rest }) => rest);
/** What the builder takes from the checkout. */
const copied = named("COPY")
  .filter((rest) => !rest.includes("--from="))
  .flatMap((rest) => rest.split(" ").slice(0, -1));

type Reached = { readonly files: ReadonlySet<string>; readonly packages: ReadonlySet<string> };

/** Every file and package that the program can come to load, types left out since they are stripped. */
function reachedFrom(entry: string): Reached {
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    if (!file.endsWith(".ts")) continue;
    const source = readFileSync(file, "utf8");
    const targets = [
      ...source.matchAll(/^\s*(?:import|export)\s+(?!type\b)[^;"]*?from\s+"([^"]+)"/gmu),
      ...source.matchAll(/^\s*import\s+"([^"]+)"/gmu),
      ...source.matchAll(/\bimport\(\s*"([^"]+)"/gu),
      ...source.matchAll(/new URL\("([^"]+)", import\.meta\.url\)/gu),
    ].map((match) => match[1] ?? "");
    for (const target of targets) {
      if (target.startsWith(".")) waiting.push(normalize(join(dirname(file), target)));
      else if (!target.startsWith("node:")) packages.add(target.split("/").slice(0, target.startsWith("@") ? 2 : 1).join("/"));
    }
  }
  return { files, packages };
}

const reached = reachedFrom("node-agent/src/main.ts");

test("bases are build arguments, and nothing but the npm registry is fetched", (t) => {
  t.deepEqual(named("ARG").map((rest) => rest.split("=")[0]), ["NODE_IMAGE", "BASE_IMAGE"]);
  for (const from of named("FROM")) t.regex(from, /^\$\{(?:NODE|BASE)_IMAGE\}(?: AS \w+)?$/u);
  t.notRegex(text, /^#\s*syntax=/mu, "it would be fetched");
  t.deepEqual(named("ADD"), []);
  t.notRegex(named("RUN").join("\n"), /apt|apk|curl|wget|git |https?:/u);
  t.regex(named("RUN")[0] ?? "", /^npm ci .*--omit=dev .*--ignore-scripts/u);
});

test("it runs as a numbered user that owns nothing but folders for data", (t) => {
  t.deepEqual(named("USER"), ["10001:10001"]);
  t.true(instructions.findIndex(({ name }) => name === "USER") > instructions.findLastIndex(({ name }) => name === "COPY"), "no file is made by that user");
  t.deepEqual(named("COPY").filter((rest) => rest.includes("--chown")).map((rest) => rest.split(" ").at(-1)), ["/var/lib/"]);
  t.regex(named("ENTRYPOINT")[0] ?? "", /^\["/u, "no shell between the signal and the agent");
});

test("the image holds every file that the agent can come to load", (t) => {
  t.true(reached.files.size > 200, "the tree was read");
  for (const file of reached.files) {
    t.true(existsSync(file), file);
    t.true(copied.some((from) => file === from || file.startsWith(`${from}/`)), `${file} is not copied into the image`);
  }
});

test("the image holds every package that the agent can come to load, and they are meant for production", (t) => {
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly dependencies: Readonly<Record<string, string>> };
  const removed = [...(named("RUN")[0] ?? "").matchAll(/node_modules\/([^\s]+)/gu)].map((match) => match[1] ?? "");
  t.true(removed.includes("@nomicfoundation"));
  t.true(reached.packages.size > 10);
  for (const name of reached.packages) {
    t.true(name in dependencies, `${name} is not among the dependencies`);
    t.false(removed.some((one) => name === one || name.startsWith(`${one}/`)), `${name} is removed from the image`);
  }
});

test("only what is copied goes to the builder", (t) => {
  const [everything, ...wanted] = readFileSync(".dockerignore", "utf8").split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  t.is(everything, "*", "all is left out first: keys, kept state, history");
  t.deepEqual(wanted.map((line) => line.replace(/^!/u, "")).sort(), [...copied].sort());
});
