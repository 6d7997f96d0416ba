import { randomBytes } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import { newNodeKey } from "../../../../network/besu/node-key.ts";
import { checkConsortium } from "../../../../network/consortium-file.ts";
import { consortiumGenesis } from "../../../../network/genesis/of-consortium.ts";
import { type Bundle, bundleDocument, canonical, readApplication, readBundle } from "../../../../node-agent/src/cli/network/bundle-format.ts";
import { createIdentity } from "../../../../node-agent/src/envelope/identity.ts";
import { openNote, sealNote } from "../../../../node-agent/src/envelope/sealed-note.ts";
import { createSigner } from "../../../../node-agent/src/ledger/sign.ts";
import { isFault } from "../../../../node-agent/src/model/fault.ts";
import { genesisHashOf, readGenesis } from "../../../../node-agent/src/proof/genesis.ts";
import { recoverSigner } from "../../../../node-agent/src/wallet/recover.ts";
import { signTypedData } from "../../../../node-agent/src/wallet/sign.ts";

const hex = (bytes: number): `0x${string}` => `0x${randomBytes(bytes).toString("hex")}`;
const key = randomBytes(32);

/** A bundle of a consortium of four, as a member would make it. */
function aBundle(): Bundle {
  const members = [1, 2, 3, 4].map((id) => {
    const node = newNodeKey();
    return { id, name: `h${id}`, kind: "hospital" as const, governor: hex(20), operators: [hex(20)], profile: { endpoint: `https://h${id}.invalid`, openpgpSha256: hex(32), spkiSha256: hex(32) }, nodes: [{ name: `n${id}`, publicKey: node.publicKey, host: "127.0.0.1", p2pPort: 30_300 + id, rpcPort: 8500 + id, wsPort: 8600 + id, metricsPort: 9500 + id, validator: true, storage: null }] };
  });
  const consortium = checkConsortium({ name: "four", chainId: 20_251, consensus: { protocol: "ibft2", blockPeriodSeconds: 1, emptyBlockPeriodSeconds: null }, gasLimit: 100_000_000, guardians: [hex(20)], members });
  const genesis = JSON.parse(JSON.stringify(consortiumGenesis(consortium, {}))) as Record<string, unknown>;
  const content = {
    format: "fiducial bundle 1",
    chainId: 20_251,
    genesisHash: genesisHashOf(readGenesis(genesis)),
    genesis,
    recentBlock: { number: 7, hash: hex(32), timestamp: 1_700_000_000 },
    enodes: members.map(({ nodes: [node] }) => `enode://${node?.publicKey}@127.0.0.1:${node?.p2pPort}`),
    contracts: Object.fromEntries(["memberRegistry", "studyRegistry", "consentRegistry", "accessLedger", "creditLedger", "consortiumAuthority", "council", "timelock"].map((name) => [name, hex(20)])),
    deployedAtBlock: 1,
    members: members.map(({ id, name, profile }) => ({ id, displayName: name, ...profile })),
    ipfs: null,
    madeBy: { member: 1, operator: createSigner(key, 20_251).address },
  } as unknown as Bundle["content"];
  return readBundle({ content, signature: signTypedData(bundleDocument(content), key) });
}

const whole = aBundle();

test("a bundle reads back, and its signature names the operator's account", (t) => {
  t.deepEqual(readBundle(JSON.parse(JSON.stringify(whole))), whole);
  t.is(recoverSigner(bundleDocument(whole.content), whole.signature), whole.content.madeBy.operator);
});

test("whatever single value of a bundle is changed, it is refused", (t) => {
  const paths: (readonly (string | number)[])[] = [];
  const walk = (value: unknown, path: readonly (string | number)[]): void => {
    if (typeof value !== "object" || value === null) paths.push(path);
    else for (const [name, part] of Object.entries(value)) walk(part, [...path, Array.isArray(value) ? Number(name) : name]);
  };
  walk(whole, []);
  const changed = (value: unknown): unknown => {
    if (typeof value === "number") return value + 1;
    if (typeof value === "boolean") return !value;
    if (typeof value !== "string") return "0x00";
    const at = value.length - 1;
    return `${value.slice(0, at)}${value[at] === "1" ? "2" : "1"}`;
  };
  t.true(paths.length > 40);
  fc.assert(
    fc.property(fc.constantFrom(...paths), (path) => {
      const copy = JSON.parse(JSON.stringify(whole)) as Record<string | number, unknown>;
      const last = path.at(-1) ?? "";
      const holder = path.slice(0, -1).reduce<Record<string | number, unknown>>((at, name) => at[name] as Record<string | number, unknown>, copy);
      holder[last] = changed(holder[last]);
      try {
        readBundle(copy);
      } catch (error) {
        return isFault(error, "NETWORK_BUNDLE_UNFIT");
      }
      return t.fail(`${path.join(".")} was changed and taken`) as unknown as boolean;
    }),
    { numRuns: 150 },
  );
});

test("the order of keys does not matter, anything else does", (t) => {
  t.is(canonical({ b: [1, { d: null, c: "x" }], a: true }), canonical({ a: true, b: [1, { c: "x", d: null }] }));
  t.not(canonical({ a: [1, 2] }), canonical({ a: [2, 1] }));
  t.is(canonical({ a: undefined, b: 1 }), '{"b":1}');
});

test("rubbish is neither a bundle nor an application", (t) => {
  for (const value of [null, 1, "x", [], {}, { content: {}, signature: "0x" }, { content: whole.content, signature: `0x${"00".repeat(65)}` }, { ...whole, more: 1 }]) t.throws(() => readBundle(value), undefined, JSON.stringify(value)?.slice(0, 40));
  for (const value of [null, {}, { format: "fiducial application 1" }]) t.throws(() => readApplication(value));
});

test("secrets are sealed for one certificate: another key opens nothing, a changed byte neither", async (t) => {
  const [one, other] = await Promise.all([createIdentity({ name: "One" }), createIdentity({ name: "Other" })]);
  const secret = Buffer.from("/key/swarm/psk/1.0.0/");
  const sealed = await sealNote(secret, one.certificate);
  t.false(sealed.includes(secret));
  t.deepEqual(await openNote(sealed, one.privateKey), secret);
  await t.throwsAsync(openNote(sealed, other.privateKey));
  const changed = Buffer.from(sealed);
  changed[changed.length - 20] = (changed[changed.length - 20] ?? 0) ^ 1;
  await t.throwsAsync(openNote(changed, one.privateKey));
});
