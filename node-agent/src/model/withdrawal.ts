/** Reason code on chain (0..255) of a study that was erased, not only withdrawn: an agent that comes back from an empty disk must not bring it back. */
export const erasedReason = 255;
