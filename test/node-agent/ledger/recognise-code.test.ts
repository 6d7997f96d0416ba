import test from "ava";
import { knownCode } from "../../../node-agent/src/ledger/known-code.generated.ts";
import { recogniseCode } from "../../../node-agent/src/ledger/recognise-code.ts";
import { strangeCode } from "../../../node-agent/src/model/known-code.ts";
import { loadArtifacts } from "../../../scripts/deploy/artifacts.ts";

type Hex = `0x${string}`;
const at = `0x${"a1".repeat(20)}`;
const registry = `0x${"b2".repeat(20)}`;

/** Running code as it lies on a chain at `at`: its own address and its collaborator filled in. */
async function deployed(collaborator: string): Promise<Hex> {
  const { StudyRegistry } = await loadArtifacts();
  const bytes = Buffer.from(StudyRegistry.deployedBytecode.slice(2), "hex");
  const [own, ...others] = Object.values(StudyRegistry.immutableReferences);
  const word = (address: string) => Buffer.from(address.slice(2).padStart(64, "0"), "hex");
  for (const { start } of own ?? []) word(collaborator).copy(bytes, start);
  for (const { start } of others.flat()) word(at).copy(bytes, start);
  return `0x${bytes.toString("hex")}`;
}

test("code of this source is recognised whole, whatever its constructor was told, and its values are given", async (t) => {
  const found = recogniseCode(await deployed(registry), at, knownCode);
  t.is(found?.contract, "StudyRegistry");
  t.true(found?.built.includes("itself"));
  t.true(found?.built.includes(`0x${"0".repeat(24)}${registry.slice(2)}`));
  for (const { contract, size } of knownCode) t.true(size > 1000, contract);
});

test("one other byte, wherever, and it is not: the compiler's trailer behind foreign code proves nothing", async (t) => {
  const good = await deployed(registry);
  const bytes = Buffer.from(good.slice(2), "hex");
  for (const place of [0, 100, bytes.length >> 1, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed[place] = (changed[place] ?? 0) ^ 1;
    t.is(recogniseCode(`0x${changed.toString("hex")}`, at, knownCode), null, String(place));
  }
  const trailer = good.slice(-2 * 53);
  for (const code of ["0x", "0x00", `0x6001600055${trailer}`, `${good}00`, `0x${"60".repeat(bytes.length - 53)}${trailer}`] as Hex[]) t.is(recogniseCode(code, at, knownCode), null);
});

test("what is this source's code and still no such upgrade is said in a sentence", async (t) => {
  const [good, evil] = [recogniseCode(await deployed(registry), at, knownCode), recogniseCode(await deployed(`0x${"ee".repeat(20)}`), at, knownCode)];
  t.is(strangeCode("StudyRegistry", good, good, []), null);
  t.is(strangeCode("StudyRegistry", good, null, [registry]), null);
  t.regex(strangeCode("StudyRegistry", evil, good, [registry]) ?? "", /built for other values: 0x0+(?:ee){20} in place of 0x0+(?:b2){20}/u);
  t.regex(strangeCode("StudyRegistry", evil, null, [registry]) ?? "", /works with 0x0+(?:ee){20}, which is not of this consortium/u);
  t.regex(strangeCode("MemberRegistry", good, null, [registry]) ?? "", /the code of StudyRegistry, not of MemberRegistry/u);
  t.regex(strangeCode("StudyRegistry", null, good, [registry]) ?? "", /does not contain that code/u);
});
