import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Command } from "commander";
import test from "ava";
import { parse } from "yaml";
import { allKeys } from "../node-agent/src/config/json-schema.ts";
import { parseConfig } from "../node-agent/src/config/parse.ts";
import { createProgram } from "../node-agent/src/cli/program.ts";
import { catalogue } from "../node-agent/src/model/catalogue.ts";
import { metricDefinitions } from "../node-agent/src/model/metrics.ts";
import { createShutdown } from "../node-agent/src/ops/shutdown.ts";

const root = join(import.meta.dirname, "..");
const ignored = new Set(["node_modules", ".git", ".fiducial", ".fiducial-local", "artifacts", "cache", "coverage"]);
const pages = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((item) => item.isFile() && item.name.endsWith(".md"))
  .map((item) => relative(root, join(item.parentPath, item.name)))
  .filter((path) => !path.split("/").some((part) => ignored.has(part)));
const textOf = (page: string): string => readFileSync(join(root, page), "utf8");
const guides = pages.filter((page) => !page.includes(".generated."));

const silent = { write: () => {}, terminal: false, columns: 100 };
const program = createProgram({
  io: { out: silent, err: silent, defaults: { url: null, user: null, passwordFile: null }, shutdown: createShutdown(() => {}), onInputEnd: () => {} },
  startAgent: async () => {
    throw new Error("nothing is started here");
  },
  version: "0",
});

/** The words of a command line; quotes keep words together. */
const wordsOf = (line: string): string[] => (line.match(/"[^"]*"|'[^']*'|\S+/gu) ?? []).map((word) => word.replace(/^["']|["']$/gu, ""));
const childOf = (command: Command, name: string) => command.commands.find((one) => one.name() === name || one.aliases().includes(name));

/** What is wrong with `fiducial ...` as written, or null. `whole` demands arguments and mandatory options too. */
function mistakeIn(line: string, whole: boolean): string | null {
  let command: Command = program;
  const values: string[] = [];
  const given = new Set<string>();
  const words = wordsOf(line).slice(1);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (/^(?:>|\||#|&&)/u.test(word)) break;
    if (word === "--help" || word === "--version") return null;
    if (word.startsWith("-")) {
      const option = [...command.options, ...program.options].find(({ long, short }) => long === word || short === word);
      if (option === undefined) return `no option ${word}`;
      given.add(option.attributeName());
      if (option.required) at++;
      continue;
    }
    const child = values.length === 0 ? childOf(command, word) : undefined;
    if (child !== undefined) command = child;
    else if (command.commands.length > 0) return `no command ${word}`;
    else values.push(word);
  }
  if (values.length > command.registeredArguments.length) return `too many arguments`;
  if (!whole) return null;
  if (command.commands.length > 0 && command.options.length === 0) return "it is a group and does nothing";
  if (values.length < command.registeredArguments.filter(({ required }) => required).length) return "an argument is missing";
  const missing = command.options.filter((option) => option.mandatory && option.defaultValue === undefined && !given.has(option.attributeName()));
  return missing.length === 0 ? null : `without ${missing.map(({ long }) => long).join(", ")}`;
}

type Fence = { readonly language: string; readonly body: string };
const fences = (text: string): Fence[] => [...text.matchAll(/^ *```(\w+)\n(.*?)^ *```$/gmsu)].map(([, language = "", body = ""]) => ({ language, body }));
const inline = (text: string): string[] => [...text.replaceAll(/^ *```.*?^ *```$/gmsu, "").matchAll(/`([^`\n]+)`/gu)].map(([, code = ""]) => code);

test("every relative link leads somewhere", (t) => {
  let seen = 0;
  for (const page of pages)
    for (const [, target = ""] of textOf(page).replaceAll(/^ *```.*?^ *```$/gmsu, "").matchAll(/\]\(([^)\s]+)\)/gu)) {
      if (/^[a-z]+:/u.test(target)) continue;
      const [path = ""] = target.split("#");
      seen++;
      t.true(path === "" || existsSync(join(root, dirname(page), path)), `${page} links to ${target}`);
    }
  t.true(seen >= 10, "links were found");
});

test("every command line in the guides is one that the program takes", (t) => {
  let seen = 0;
  for (const page of guides) {
    const text = textOf(page);
    const lines = fences(text).flatMap(({ language, body }) => (language === "sh" ? body.split("\n") : []));
    for (const line of lines.map((one) => one.trim().replace(/^npx /u, "")).filter((one) => one.startsWith("fiducial "))) {
      seen++;
      t.is(mistakeIn(line, true), null, `${page}: ${line}`);
    }
    for (const code of inline(text).map((one) => one.replace(/^npx /u, "")).filter((one) => one.startsWith("fiducial "))) {
      seen++;
      t.is(mistakeIn(code, false), null, `${page}: ${code}`);
    }
  }
  t.true(seen >= 40, `${seen} command lines were found`);
});

test("every command line in hints and help is one that the program takes", (t) => {
  for (const [code, { hint }] of Object.entries(catalogue))
    for (const line of inline(hint).filter((one) => one.startsWith("fiducial "))) t.is(mistakeIn(line, false), null, `${code}: ${line}`);
  let seen = 0;
  const visit = (command: Command): void => {
    const help: string[] = [];
    command.configureOutput({ writeOut: (text) => void help.push(text) }).outputHelp();
    for (const line of help.join("").split("\n").map((one) => one.trim()).filter((one) => one.startsWith("fiducial "))) {
      seen++;
      t.is(mistakeIn(line.replaceAll("...", "_"), true), null, `help of ${command.name()}: ${line}`);
    }
    command.commands.forEach(visit);
  };
  visit(program);
  t.true(seen >= 20, `${seen} examples were found`);
});

test("the checker itself refuses what does not exist", (t) => {
  t.regex(mistakeIn("fiducial study burn 0x1", true) ?? "", /no command burn/u);
  t.regex(mistakeIn("fiducial study list --nonsense", true) ?? "", /--nonsense/u);
  t.regex(mistakeIn("fiducial study show", true) ?? "", /missing/u);
  t.regex(mistakeIn("fiducial consent attest 0x1 --grantee 2", true) ?? "", /--purposes/u);
  t.regex(mistakeIn("fiducial study show 1.2 3.4", true) ?? "", /too many/u);
});

test("every error code and metric that is named exists", (t) => {
  let seen = 0;
  const environment = new Set(["FIDUCIAL_URL", "FIDUCIAL_USER", "FIDUCIAL_PASSWORD_FILE", "BESU_HOME", "JAVA_HOME", "UV_THREADPOOL_SIZE"]);
  for (const page of guides)
    for (const code of inline(textOf(page))) {
      if (/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/u.test(code) && !environment.has(code)) {
        seen++;
        t.true(code in catalogue, `${page} names ${code}`);
      }
      const metric = /^fiducial_[a-z_]+/u.exec(code)?.[0];
      if (metric !== undefined) t.true(metric in metricDefinitions, `${page} names ${metric}`);
    }
  t.true(seen >= 20, `${seen} codes were found`);
});

test("every configuration key that is named exists", (t) => {
  const keys = new Set(allKeys());
  const sections = [...new Set([...keys].map((key) => key.split(".")[0] ?? ""))].filter((name) => [...keys].some((key) => key.startsWith(`${name}.`)));
  const pattern = new RegExp(`(?<![\\w/.-])(?:${sections.join("|")})(?:\\.[a-z][A-Za-z]+)+(?![\\w/(-])`, "gu");
  const named = (text: string): string[] => [...text.matchAll(pattern)].map(([key]) => key);
  for (const page of guides)
    for (const code of inline(textOf(page))) for (const key of named(code).filter((one) => !/\.(?:ts|md|json|yaml|sh)$/u.test(one))) t.true(keys.has(key), `${page} names ${key}`);
  for (const [code, { hint }] of Object.entries(catalogue)) for (const key of named(hint)) t.true(keys.has(key), `the hint of ${code} names ${key}`);
  t.true(keys.has("storage.replicas"), "keys were found");
});

test("every file that a hint names exists", (t) => {
  for (const [code, { hint }] of Object.entries(catalogue))
    for (const [path] of hint.matchAll(/(?<![\w/])(?:docs|contracts|node-agent|scripts)\/[\w./-]*\w/gu)) t.true(existsSync(join(root, path)), `the hint of ${code} names ${path}`);
});

test("every configuration in the guides is accepted as it stands, and every JSON is JSON", (t) => {
  let seen = 0;
  for (const page of guides)
    for (const { language, body } of fences(textOf(page))) {
      if (language === "json") t.notThrows(() => JSON.parse(body), page);
      if (language !== "yaml" || (parse(body) as { readonly role?: unknown }).role === undefined) continue;
      seen++;
      t.notThrows(() => parseConfig(body), page);
    }
  t.true(seen >= 2, "configurations were found");
});

test("every npm script that is named exists", (t) => {
  const { scripts } = JSON.parse(textOf("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
  for (const page of guides)
    for (const [, run, short] of textOf(page).matchAll(/npm (?:run ([\w:-]+)|(start|test)\b)/gu)) t.true((run ?? short ?? "") in scripts, `${page}: npm ${run ?? short ?? ""}`);
});

test("the README stays short", (t) => {
  t.true(textOf("README.md").split("\n").length <= 150);
});
