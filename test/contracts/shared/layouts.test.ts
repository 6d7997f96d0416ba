import test from "ava";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import hre from "hardhat";
import { encodeAbiParameters, keccak256, numberToHex, toHex } from "viem";
import { generateLayouts } from "../../../scripts/generate/layouts.ts";

const contracts = new URL("../../../contracts/", import.meta.url);

test("storage layouts are the committed ones: a change of them is reviewed", async (t) => {
  for (const { path, text } of await generateLayouts(pathToFileURL(`${hre.config.paths.cache}/`))) {
    t.is(text, await readFile(path, "utf8"), `${path}: run node scripts/generate/layouts.ts and review the difference`);
  }
});

test("every namespace lies where ERC-7201 puts it", async (t) => {
  const files = ["MemberRegistry", "StudyRegistry", "ConsentRegistry", "AccessLedger", "CreditLedger", "Council", "base/MemberSeats", "base/MemberVotes"];
  for (const file of files) {
    const source = await readFile(new URL(`${file}.sol`, contracts), "utf8");
    const namespace = /@custom:storage-location erc7201:(\S+)/u.exec(source)?.[1] ?? "";
    const constant = /bytes32 private constant STORAGE = (0x[0-9a-f]{64});/u.exec(source)?.[1];
    const inner = BigInt(keccak256(toHex(namespace))) - 1n;
    const outer = BigInt(keccak256(encodeAbiParameters([{ type: "uint256" }], [inner])));
    t.is(constant, numberToHex(outer & ~0xffn, { size: 32 }), file);
  }
});
