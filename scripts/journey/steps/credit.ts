import type { ApiClient } from "../api-client.ts";
import type { Reporter } from "../display.ts";
import { expect, expectEqual } from "../expect.ts";
import { wholeHistory } from "../history.ts";
import { creditAccount } from "../wallet.ts";
import type { LedgerEvent, World } from "../world.ts";

/** Points for the first, second, ... acknowledged delivery between two subjects within one epoch (ICreditLedger). */
const diminishing = [10, 5, 2, 1, 0];
const epochSeconds = 86_400;

const changes = async (client: ApiClient): Promise<LedgerEvent[]> => await wholeHistory(client, "kinds=CreditChanged");
const sameEpoch = (one: LedgerEvent, two: LedgerEvent) => Math.floor(one.timestamp / epochSeconds) === Math.floor(two.timestamp / epochSeconds);

/** The credit changes of now; taken before a step to compare with after. */
export async function creditSoFar({ people }: World): Promise<number> {
  return (await changes(people.auditorRegulator)).length;
}

/**
 * Step 6: the delivery earned the custodian and the patient's credit account what the diminishing schedule says for this pair, and the
 * requester nothing. Earlier runs on the same chain are counted in.
 */
export async function creditEarned({ people, phrase, seat }: World, before: number, report: Reporter): Promise<void> {
  const all = await changes(people.auditorRegulator);
  const fresh = all.slice(before);
  const [a, b, account] = [seat("a").member, seat("b").member, creditAccount(phrase)];
  for (const [who, subject] of [["Hospital A", a], ["the patient's account", account]] as const) {
    const change = fresh.find((event) => event["subject"] === subject && event["cause"] === "delivery");
    expect(change !== undefined, `${who} earned credit`);
    const earlier = all.filter((event) => event["subject"] === subject && event["cause"] === "delivery" && event["counterparty"] === change["counterparty"] && sameEpoch(event, change) && event !== change && (event.block < change.block || (event.block === change.block && event.logIndex < change.logIndex)));
    const wanted = diminishing[Math.min(earlier.length, diminishing.length - 1)];
    expectEqual(change["delta"], wanted, `points of ${who} for delivery ${earlier.length + 1} of this pair today`);
    report.note(`${who}: +${String(change["delta"])} (delivery ${earlier.length + 1} with this counterparty today)`);
  }
  expect(!fresh.some((event) => event["subject"] === b), "receiving earns nothing");
  const credit = await people.clinicianA.get<{ score: number }>(`/api/credit/members/${a}`);
  expect(credit.score > 0 && credit.score <= 1000, "the chain answers for A's present score");
}

/** Step 8: an unjustified emergency costs C two hundred points, or what it has left. */
export async function creditLost({ people, seat }: World, before: number, report: Reporter): Promise<void> {
  const all = await changes(people.auditorRegulator);
  const c = seat("c").member;
  const loss = all.slice(before).find((event) => event["subject"] === c && event["cause"] === "misuse");
  expect(loss !== undefined, "Hospital C lost credit");
  const delta = Number(loss["delta"]);
  const score = Number(loss["score"]);
  expect(delta === -200 || (score === 0 && delta <= 0), `the loss is 200 or all that was left (was ${delta}, now ${score})`);
  report.note(`Hospital C: ${delta}, now ${score}`);
}
