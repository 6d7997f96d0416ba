import test from "ava";
import { addedValues, layoutChanges, layoutFindings, type Layout } from "../../../node-agent/src/model/storage-layout.ts";

const word = "t_struct(Word)_storage";
const before: Layout = {
  namespaces: { a: ["slot 0 byte 0: n: t_uint64", `slot 1 byte 0: m: t_mapping(t_uint256,${word})`] },
  types: {
    [word]: { bytes: 32, members: ["slot 0 byte 0: x: t_uint256"] },
    "t_enum(E)": { bytes: 1, members: ["None", "One"] },
    "t_struct(A)_storage": { bytes: 64, members: ["slot 0 byte 0: n: t_uint64", `slot 1 byte 0: m: t_mapping(t_uint256,${word})`] },
  },
};
const wider = { bytes: 64, members: ["slot 0 byte 0: x: t_uint256", "slot 1 byte 0: y: t_uint256"] };

/** Verdicts: what a next layout is, and what is said of it; null where nothing is. */
const vectors: readonly (readonly [what: string, after: Layout, verdict: RegExp | null])[] = [
  ["the same", before, null],
  ["a field after the last", { ...before, namespaces: { a: [...(before.namespaces["a"] ?? []), "slot 2 byte 0: z: t_uint8"] } }, null],
  ["another namespace", { ...before, namespaces: { ...before.namespaces, b: ["slot 0 byte 0: q: t_bool"] } }, null],
  ["a longer enumeration", { ...before, types: { ...before.types, "t_enum(E)": { bytes: 1, members: ["None", "One", "Two"] } } }, null],
  ["a structure that grows in a mapping", { ...before, types: { ...before.types, [word]: wider } }, null],
  ["a namespace gone", { ...before, namespaces: {} }, /^the storage of a is forgotten$/u],
  ["a field gone", { ...before, namespaces: { a: ["slot 0 byte 0: n: t_uint64"] } }, /^a loses "slot 1 byte 0: m/u],
  ["another type", { ...before, namespaces: { a: (before.namespaces["a"] ?? []).with(0, "slot 0 byte 0: n: t_uint32") } }, /^in a "slot 0 byte 0: n: t_uint64" becomes "slot 0 byte 0: n: t_uint32"$/u],
  ["another name", { ...before, namespaces: { a: (before.namespaces["a"] ?? []).with(0, "slot 0 byte 0: k: t_uint64") } }, /becomes/u],
  ["an enumeration in another order", { ...before, types: { ...before.types, "t_enum(E)": { bytes: 1, members: ["One", "None"] } } }, /in t_enum\(E\) "None" becomes "One"/u],
  ["a structure with a field before the others", { ...before, types: { ...before.types, [word]: { bytes: 64, members: [...wider.members].reverse() } } }, /becomes/u],
];

for (const [what, after, verdict] of vectors) {
  test(`${what}: ${verdict === null ? "nothing is said" : "refused"}`, (t) => {
    const said = layoutFindings(before, after).join("; ");
    if (verdict === null) t.is(said, "");
    else t.regex(said, verdict);
  });
}

test("a structure that grows in the middle of others moves them", (t) => {
  const inline: Layout = { namespaces: { a: [`slot 0 byte 0: w: ${word}`, "slot 1 byte 0: n: t_uint64"] }, types: { [word]: { bytes: 32, members: ["slot 0 byte 0: x: t_uint256"] } } };
  const list: Layout = { ...inline, namespaces: { a: [`slot 0 byte 0: w: t_array(${word})dyn_storage`] } };
  for (const layout of [inline, list]) t.regex(layoutFindings(layout, { ...layout, types: { [word]: wider } }).join("; "), /grows from 32 to 64 bytes/u);
});

test("plain values in a new namespace want an initialiser, mappings do not", (t) => {
  const add = (field: string): Layout => ({ ...before, namespaces: { ...before.namespaces, b: [field] } });
  t.deepEqual(addedValues(before, add("slot 0 byte 0: q: t_bool")), ["b"]);
  t.deepEqual(addedValues(before, add("slot 0 byte 0: q: t_mapping(t_uint256,t_bool)")), []);
  t.deepEqual(addedValues(before, before), []);
});

test("what a version does with the storage is told in sentences", (t) => {
  t.deepEqual(layoutChanges(before, before), ["keeps the storage as it is"]);
  const longer: Layout = { namespaces: { ...before.namespaces, b: ["slot 0 byte 0: x: t_bool"], a: [...(before.namespaces["a"] ?? []), "slot 2 byte 0: z: t_uint8"] }, types: before.types };
  t.deepEqual(layoutChanges(before, longer).sort(), ["adds slot 0 byte 0: x: t_bool in the new storage b", "adds slot 2 byte 0: z: t_uint8 at the end of a"]);
  t.true(layoutChanges(longer, before).includes("does harm: the storage of b is forgotten"));
});
