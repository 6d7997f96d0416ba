/** The benchmarks, in the order they run; each is a module of that name beside this one. */
export const benchNames = ["stow", "wado", "exchange", "wire", "large", "envelope", "dicom", "history", "ledger", "gas", "besu"] as const;
/** Those that take minutes and a gigabyte: run when they are named, or with --full. */
export const onRequest: readonly BenchName[] = ["besu"];
export type BenchName = (typeof benchNames)[number];
