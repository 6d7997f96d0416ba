/** Purposes of use, HL7 v3 PurposeOfUse codes (ActReason). Order is the contract's: the index is the bit in a consent's purposes mask. */
export const purposes = ["TREAT", "PATRQT", "HRESCH", "PUBHLTH", "HLEGAL", "HOPERAT", "ETREAT"] as const;
export type Purpose = (typeof purposes)[number];

/** Bit mask of a set of purposes as ConsentRegistry stores it. */
export const purposeMask = (set: Iterable<Purpose>): number => {
  let mask = 0;
  for (const purpose of set) mask |= 1 << purposes.indexOf(purpose);
  return mask;
};

/** The purposes in a mask, in contract order. */
export const purposesOf = (mask: number): Purpose[] => purposes.filter((_purpose, bit) => (mask & (1 << bit)) !== 0);
