import test from "ava";
import fc from "fast-check";
import { bundleDocument, canonical, readApplication, readBundle } from "../../../../node-agent/src/cli/network/bundle-format.ts";
import { createIdentity } from "../../../../node-agent/src/envelope/identity.ts";
import { openNote, sealNote } from "../../../../node-agent/src/envelope/sealed-note.ts";
import { isFault } from "../../../../node-agent/src/model/fault.ts";
import { recoverSigner } from "../../../../node-agent/src/wallet/recover.ts";
import { aBundle } from "./a-bundle.ts";

const whole = aBundle();

test("a bundle reads back, and its signature names the operator's account", (t) => {
  t.deepEqual(readBundle(JSON.parse(JSON.stringify(whole))), whole);
  t.is(recoverSigner(bundleDocument(whole.content), whole.signature), whole.content.madeBy.operator);
});

test("a bundle of a consortium with a panel of guardians, of one without, and of a version that knew none: the signature is over what was made", (t) => {
  for (const over of [{}, { guardianPanel: null }, { guardianPanel: `0x${"ab".repeat(20)}` }]) {
    const made = aBundle(over);
    t.deepEqual(readBundle(JSON.parse(JSON.stringify(made))).content.contracts, made.content.contracts);
  }
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
