/** A file whose rules are mutated, and the deployed contracts that its code ends up in. */
export type Subject = { readonly file: string; readonly into: readonly string[] };

const served = ["StudyRegistry", "ConsentRegistry", "AccessLedger"] as const;

/** Where the rules of credit, consent and access are written. Interfaces and proxies hold none. */
export const subjects: readonly Subject[] = [
  { file: "contracts/CreditLedger.sol", into: ["CreditLedger"] },
  { file: "contracts/ConsentRegistry.sol", into: ["ConsentRegistry"] },
  { file: "contracts/AccessLedger.sol", into: ["AccessLedger"] },
  { file: "contracts/libraries/CreditRules.sol", into: ["CreditLedger", "test/Arithmetic"] },
  { file: "contracts/libraries/Decay.sol", into: ["CreditLedger", "test/Arithmetic"] },
  { file: "contracts/libraries/Purposes.sol", into: ["ConsentRegistry", "CreditLedger", "AccessLedger"] },
  { file: "contracts/libraries/RequestCore.sol", into: ["AccessLedger"] },
  { file: "contracts/base/MemberServed.sol", into: served },
  { file: "contracts/base/MemberSeats.sol", into: ["MemberRegistry", "MemberRegistryProxy"] },
  { file: "contracts/base/ConsortiumContract.sol", into: [...served, "MemberRegistry", "CreditLedger"] },
];

const named = (file: string) => file.slice(file.lastIndexOf("/") + 1, -".sol".length);

/** "AccessLedger" of "contracts/AccessLedger.sol". */
export const nameOf = ({ file }: Subject): string => named(file);

/** Test suites, and of which contracts beside its own a suite's outcomes depend. */
const suites: Readonly<Record<string, readonly string[]>> = {
  "credit-ledger": [],
  "consent-registry": ["StudyRegistry", "MemberRegistry"],
  "access-ledger": ["ConsentRegistry", "CreditLedger", "StudyRegistry", "MemberRegistry"],
  "member-registry": [],
  "study-registry": ["MemberRegistry"],
};
const kebab = (name: string) => name.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, "-").toLowerCase();

/**
 * The test files that judge a mutant of this subject: first those about its own contracts, then those that its contracts have a part in. Not
 * among them: what compares code, gas and layouts with committed figures (it would notice any change, for no reason of its own), upgrades
 * (their check knows built code only), and what the Council decides with.
 */
export function testsFor({ into }: Subject): { readonly own: readonly string[]; readonly others: readonly string[] } {
  const own = into.map(kebab).filter((suite) => suite in suites);
  const others = Object.keys(suites).filter((suite) => !own.includes(suite) && suites[suite]?.some((contract) => into.includes(contract)));
  const files = (list: readonly string[]) => list.map((suite) => `test/contracts/${suite}/*.test.ts`);
  return {
    own: files(own),
    others: [
      "test/contracts/model/sequences.test.ts",
      ...(into.includes("test/Arithmetic") ? ["test/contracts/proofs/arithmetic.test.ts"] : []),
      ...files(others),
      "test/contracts/shared/{bad-input,pause,wiring}.test.ts",
      "test/contracts/consortium-authority/*.test.ts",
    ],
  };
}
