import test from "ava";
import { getAddress } from "viem";
import { reportCoverage } from "../support/chain.ts";
import { startWorld } from "../support/world.ts";

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
