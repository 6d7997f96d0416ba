/** The benchmarks, in the order they run; each is a module of that name beside this one. */
export const benchNames = ["stow", "wado", "exchange", "wire", "large", "envelope", "dicom", "history", "ledger", "gas", "many", "besu"] as const;
/** Those that take minutes, or a gigabyte of memory: run when they are named, or with --full. */
export const onRequest: readonly BenchName[] = ["besu", "many"];
export type BenchName = (typeof benchNames)[number];
