import test from "ava";
import fc from "fast-check";
import { splitDescription, withLayout } from "../../../node-agent/src/model/upgrade-claim.ts";

const texts = fc.array(fc.string({ maxLength: 20 }), { maxLength: 3 });
const layout = fc.record({ namespaces: fc.dictionary(fc.string({ maxLength: 9 }), texts), types: fc.dictionary(fc.string({ maxLength: 9 }), fc.record({ bytes: fc.nat(), members: texts })) });

test("a layout put behind a text comes back, and the text with it", (t) => {
  fc.assert(
    fc.property(fc.string().filter((text) => !text.includes("storage-layout")), layout, (text, made) => {
      const split = splitDescription(withLayout(text, "AccessLedger", made));
      t.is(split.text, text.trim());
      t.deepEqual(JSON.parse(JSON.stringify(split.layouts.get("AccessLedger"))), JSON.parse(JSON.stringify(made)));
    }),
  );
});

test("what is not well formed stays where people read it", (t) => {
  for (const bad of ["storage-layout X: {", 'storage-layout X: {"namespaces":[]}', 'storage-layout X: {"namespaces":{"a":"b"},"types":{}}', 'storage-layout X: {"namespaces":{},"types":{"a":{"bytes":"1","members":[]}}}', "storage-layout ../x: {}"])
    t.deepEqual([splitDescription(`why\n${bad}`).text, splitDescription(bad).layouts.size], [`why\n${bad}`, 0], bad);
});
