import test from "ava";
import { hexToString, type Hex } from "viem";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { day, startWorld } from "../support/world.ts";

const w = await startWorld({ signedTerm: 1000 * day, attestedTerm: 10 * day });
reportCoverage(test);
const set = (signed: number, attested: number, from = w.council) => w.send(from, w.consents, "setTerms", [signed, attested]);

test.serial("the Council changes the longest terms within bounds", async (t) => {
  t.deepEqual(await w.read(w.consents, "terms"), [1000 * day, 10 * day]);
  emitted(t, await set(day, 3600), "TermsChanged", { signedTerm: day, attestedTerm: 3600 });
  t.deepEqual(await w.read(w.consents, "terms"), [day, 3600]);
  for (const [signed, attested, name] of [[3599, day, "signedTerm"], [3650 * day + 1, day, "signedTerm"], [day, 0, "attestedTerm"], [day, 3650 * day + 1, "attestedTerm"]] as const) {
    const [field] = await refused(t, "ParameterOutOfBounds", set(signed, attested));
    t.is(hexToString(field as Hex, { size: 32 }), name);
  }
  await t.notThrowsAsync(set(3650 * day, 3650 * day));
  await refused(t, "AccessManagedUnauthorized", set(day, day, w.governor(1)));
});
