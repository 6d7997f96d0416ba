#!/usr/bin/env node
// The pinned compiler as the command that slither expects: `--version`, and standard JSON from standard input to standard output.
const { readFileSync } = require("node:fs");
const solc = require("solc");

if (process.argv.includes("--version")) console.log(`solc, the solidity compiler\nVersion: ${solc.version()}`);
else process.stdout.write(solc.compile(readFileSync(0, "utf8")));
