import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import fc from "fast-check";
import { type OpenLedgerIndex, openLedgerIndex } from "../../../node-agent/src/index/ledger-index.ts";
import type { LedgerEvent } from "../../../node-agent/src/model/ledger-events.ts";
import { requestStates, reviewStates } from "../../../node-agent/src/model/ledger-views.ts";
import { purposes } from "../../../node-agent/src/model/purpose.ts";
import type { HistoryQuery } from "../../../node-agent/src/ports/ledger-index.ts";
import type { LedgerBatch } from "../../../node-agent/src/ports/ledger.ts";
import { anyChain, pools } from "./arbitrary-events.ts";
import { NaiveIndex } from "./naive-index.ts";

const folder = await mkdtemp(join(tmpdir(), "fiducial-index-"));
test.after.always(() => rm(folder, { recursive: true }));

let files = 0;
function fresh(): OpenLedgerIndex {
  files += 1;
  return openLedgerIndex(join(folder, `${files}.db`), { cacheMebibytes: 2 });
}

function naive(chain: readonly LedgerBatch[]): NaiveIndex {
  const model = new NaiveIndex();
  for (const { events } of chain) for (const event of events) model.apply(event);
  return model;
}

const kinds: LedgerEvent["kind"][] = ["AccessRequested", "KeyDelivered", "ConsentGranted", "CreditChanged", "AccessReviewed", "Unknown"];
const anyQuery: fc.Arbitrary<HistoryQuery> = fc.record(
  {
    limit: fc.constantFrom(1, 2, 7, 1000),
    study: fc.constantFrom(...pools.studies),
    request: fc.constantFrom(...pools.requests),
    member: fc.constantFrom(...pools.members),
    patients: fc.subarray(pools.addresses),
    kinds: fc.subarray(kinds),
    ascending: fc.boolean(),
  },
  { requiredKeys: ["limit"] },
);

test("every event comes back as it went in, in order", (t) => {
  fc.assert(
    fc.property(anyChain, (chain) => {
      const index = fresh();
      index.apply(chain);
      t.deepEqual(
        index.history({ limit: 1000, ascending: true }).events,
        chain.flatMap(({ events }) => events),
      );
      t.deepEqual(index.cursor(), chain.at(-1)?.block ?? null);
      index.close();
    }),
    { numRuns: 40 },
  );
});

test("any history query, page by page, equals a filter over all events", (t) => {
  fc.assert(
    fc.property(anyChain, fc.array(anyQuery, { minLength: 5, maxLength: 20 }), (chain, queries) => {
      const index = fresh();
      index.apply(chain);
      const model = naive(chain);
      for (const query of queries) {
        const seen: LedgerEvent[] = [];
        for (let before: HistoryQuery["before"] | null = undefined; before !== null; ) {
          const page = index.history(before === undefined ? query : { ...query, before });
          t.true(page.events.length <= query.limit, "a page is no longer than asked for");
          seen.push(...page.events);
          before = page.next;
        }
        t.deepEqual(seen, model.history(query), JSON.stringify(query));
      }
      index.close();
    }),
    { numRuns: 40 },
  );
});

test("every view equals the naive model's", (t) => {
  fc.assert(
    fc.property(anyChain, (chain) => {
      const index = fresh();
      index.apply(chain);
      const model = naive(chain);
      const newest = (one: { readonly id: string }, two: { readonly id: string }) => model.appeared.indexOf(two.id) - model.appeared.indexOf(one.id);
      const studies = [...model.studies.values()].sort((one, two) => newest(two, one));
      const requests = [...model.requests.values()].sort(newest);
      t.deepEqual(index.members(), [...model.members.values()].sort((one, two) => one.id - two.id));
      t.deepEqual(index.studies({}), studies);
      t.deepEqual(index.requests({}), requests);
      for (const member of pools.members) {
        t.deepEqual(index.member(member), model.members.get(member) ?? null);
        t.deepEqual(index.studies({ custodian: member }), studies.filter(({ custodian }) => custodian === member));
        t.deepEqual(index.requests({ requester: member, limit: 2 }), requests.filter(({ requester }) => requester === member).slice(0, 2));
        for (const at of pools.times) {
          const holds = (id: string, grantee: number) => {
            const view = model.consents.get(`${id} ${grantee}`);
            return view !== undefined && view !== "revoked" && view.notBefore <= at && at < view.expiry;
          };
          const open = studies.filter(({ id, status }) => status === "active" && model.consents.get(`${id} ${member}`) !== "revoked" && (holds(id, member) || holds(id, 0)));
          t.deepEqual(index.studies({ consentedTo: member, at }), open);
          for (const study of pools.studies)
            for (const purpose of purposes) t.deepEqual(index.consentFor(study, member, purpose, at), model.consentFor(study, member, purpose, at));
        }
      }
      for (const id of pools.studies) {
        t.deepEqual(index.study(id), model.studies.get(id) ?? null);
        const consents = pools.grantees.map((grantee) => model.consents.get(`${id} ${grantee}`)).filter((view) => view !== undefined && view !== "revoked");
        t.deepEqual<unknown, unknown>(index.consents(id), consents);
      }
      for (const state of requestStates)
        for (const review of reviewStates)
          t.deepEqual(index.requests({ states: [state], review }), requests.filter((request) => request.state === state && request.review === review));
      t.deepEqual(index.requests({ patients: pools.addresses.slice(0, 3) }), requests.filter(({ patient }) => pools.addresses.slice(0, 3).includes(patient)));
      for (const subject of [...pools.members, ...pools.addresses]) t.is(index.lastCredit(subject)?.score, model.credit.get(String(subject)));
      for (const { profile } of model.members.values()) {
        const active = [...model.members.values()].filter((view) => view.status === "active" && view.profile.spkiSha256 === profile.spkiSha256);
        t.deepEqual<unknown, unknown>(index.memberBySpki(profile.spkiSha256), active.length === 1 ? active[0] : null);
      }
      index.close();
    }),
    { numRuns: 40 },
  );
});

test("however the batches are cut, with a restart in between, the state is the same", (t) => {
  fc.assert(
    fc.property(anyChain, fc.integer({ min: 1, max: 7 }), fc.nat(20), (chain, cut, restart) => {
      const whole = fresh();
      whole.apply(chain);
      const expected = whole.stateHash();
      whole.close();
      let pieces = fresh();
      const file = join(folder, `${files}.db`);
      for (let start = 0, turn = 0; start < chain.length; start += cut, turn += 1) {
        if (turn === restart) {
          pieces.close();
          pieces = openLedgerIndex(file);
          t.false(pieces.rebuilt);
        }
        pieces.apply(chain.slice(start, start + cut));
      }
      t.is(pieces.stateHash(), expected);
      t.deepEqual(pieces.counts().events, chain.flatMap(({ events }) => events).length);
      pieces.close();
    }),
    { numRuns: 30 },
  );
});
