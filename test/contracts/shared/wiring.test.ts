import test from "ava";
import { encodeDeployData, getAddress } from "viem";
import { refused, reportCoverage } from "../support/chain.ts";
import { startWorld, zero } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);

test("every contract says what it works with", async (t) => {
  const of = async (contract: keyof typeof w.contracts, getter: string, target: keyof typeof w.contracts) =>
    t.is(await w.read(w.contracts[contract], getter), getAddress(w.contracts[target].address), `${contract}.${getter}`);
  for (const contract of ["studies", "consents", "access"] as const) await of(contract, "memberRegistry", "members");
  for (const contract of ["consents", "access"] as const) await of(contract, "studyRegistry", "studies");
  await of("access", "consentRegistry", "consents");
  await of("access", "creditLedger", "credit");
  await of("credit", "accessLedger", "access");
  for (const contract of ["members", "studies", "consents", "access", "credit"] as const) await of(contract, "authority", "authority");
});

test("no contract is made without one it works with", async (t) => {
  const needs = { StudyRegistry: 1, ConsentRegistry: 2, AccessLedger: 4 } as const;
  for (const [name, count] of Object.entries(needs) as [keyof typeof needs, number][]) {
    const create = (args: readonly unknown[]) => w.create(w.council, encodeDeployData({ ...w.artifacts[name], args }));
    const all = Array.from({ length: count }, () => w.stranger);
    for (const missing of all.keys()) await refused(t, "AddressMissing", create(all.with(missing, zero)));
    await t.notThrowsAsync(create(all));
  }
});
