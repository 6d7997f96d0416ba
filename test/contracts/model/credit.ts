/** The credit rules said again: BigInt and plain fields, nothing of the contracts' layout. Whole numbers of points and seconds. */
export const rules = {
  base: 500n,
  treatFloor: 310,
  newcomerCap: 400,
  gateEnter: 505,
  gateLeave: 501,
  goldEnter: 515,
  goldLeave: 510,
  epochCap: 22,
  missedPenalty: 50,
  misusePenalty: 200,
  researchShut: 0,
  researchOpen: 2,
  operationsShut: 1,
  operationsOpen: 2,
  minCounterparties: 1,
  openBronze: 1,
  openSilver: 2,
  openGold: 3,
} as const;

export const epochSeconds = 86_400;
const halfLife = 180n;

/** A subject's book. Tier: 0 Bronze, 1 Silver, 2 Gold. `deviation` is in points times 2^(epoch/180) with 40 fractional bits. */
export type Book = {
  deviation: bigint;
  epoch: number;
  earned: number;
  counterparties: Set<string>;
  pairs: Map<string, { epoch: number; steps: number }>;
  research: number;
  operations: number;
  open: number;
  tier: number;
};

export const newBook = (): Book => ({ deviation: 0n, epoch: 0, earned: 0, counterparties: new Set(), pairs: new Map(), research: 0, operations: 0, open: 0, tier: 0 });

// 2^(2^i / 180) with 64 fractional bits, rounded: the numbers that stand in Decay.sol, found here by taking roots.
function root180(power: bigint): bigint {
  // The 180th root of 2^power, scaled by 2^64, by bisection over exact integers.
  let [low, high] = [1n << 64n, 1n << 65n];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle ** halfLife <= 1n << (64n * halfLife + power)) low = middle;
    else high = middle;
  }
  const twice = 2n * low + 1n;
  return twice ** halfLife <= 1n << (65n * halfLife + power) ? high : low;
}
const factors = Array.from({ length: 8 }, (_item, index) => root180(1n << BigInt(index)));

const weights = Array.from({ length: Number(halfLife) }, (_item, r) => factors.reduce((w, factor, bit) => ((r >> bit) & 1 ? (w * factor) >> 64n : w), 1n << 64n) >> 24n);
const weight = (epoch: number): bigint => weights[epoch % Number(halfLife)] ?? 0n;

const size = (value: bigint) => (value < 0n ? -value : value);
const withSign = (magnitude: bigint, like: bigint) => (like < 0n ? -magnitude : magnitude);

export const raw = (book: Book): number => Number(rules.base + withSign(size(book.deviation) / weight(book.epoch), book.deviation));
export const score = (book: Book): number => (book.counterparties.size < rules.minCounterparties ? Math.min(raw(book), rules.newcomerCap) : raw(book));

function judge(book: Book): void {
  const points = score(book);
  if (points >= (book.tier === 2 ? rules.goldLeave : rules.goldEnter)) book.tier = 2;
  else book.tier = points >= (book.tier === 0 ? rules.gateEnter : rules.gateLeave) ? 1 : 0;
}

/** Brings a book to an epoch: a half-life halves, an epoch begins its counters anew. */
export function settle(book: Book, epoch: number): void {
  if (book.epoch !== epoch) {
    const halvings = BigInt(Math.floor(epoch / Number(halfLife)) - Math.floor(book.epoch / Number(halfLife)));
    Object.assign(book, { deviation: withSign(size(book.deviation) >> halvings, book.deviation), epoch, earned: 0, research: 0, operations: 0 });
  }
  judge(book);
}

function change(book: Book, delta: number): void {
  const limit = rules.base * weight(book.epoch);
  const sum = book.deviation + BigInt(delta) * weight(book.epoch);
  book.deviation = sum > limit ? limit : sum < -limit ? -limit : sum;
  judge(book);
}

export function reward(book: Book, counterparty: string, epoch: number): void {
  settle(book, epoch);
  const pair = book.pairs.get(counterparty);
  const steps = pair?.epoch === epoch ? pair.steps : 0;
  const delta = Math.min([10, 5, 2, 1][steps] ?? 0, Math.max(0, rules.epochCap - book.earned));
  book.counterparties.add(counterparty);
  book.earned += delta;
  book.pairs.set(counterparty, { epoch, steps: Math.min(steps + 1, 4) });
  change(book, delta);
}

export function penalise(book: Book, penalty: number, epoch: number): void {
  settle(book, epoch);
  change(book, -penalty);
}
