/** The contract tests that run on instrumented code. Gas and layouts are measured on the real code, by the tests left out here. */
export const coveredTests: readonly string[] = [
  ...["member-registry", "study-registry", "consent-registry", "access-ledger", "credit-ledger", "consortium-authority", "council", "guardian-panel"].map((suite) => `test/contracts/${suite}/*.test.ts`),
  "test/contracts/shared/{pause,upgrades,wiring}.test.ts",
];
