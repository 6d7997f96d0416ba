/** The benchmarks, in the order they run; each is a module of that name beside this one. */
export const benchNames = ["stow", "wado", "exchange", "wire", "large", "envelope", "dicom", "history", "ledger", "gas"] as const;
export type BenchName = (typeof benchNames)[number];
