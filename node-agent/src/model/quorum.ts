/** Seals a block needs among `validators`: ceil(2n/3) (IBFT 2.0 and QBFT). Any two such sets share an honest validator while no more than a third, rounded down, are not. */
export const quorumOf = (validators: number): number => Math.ceil((2 * validators) / 3);
