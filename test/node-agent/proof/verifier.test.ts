import test from "ava";
import type { FindingCode } from "../../../node-agent/src/proof/finding.ts";
import { type BlockPlan, delivered, exportOf, foreign, keyOf, keysFrom, registered, studies, verdictOn } from "./support/sealed-chain.ts";

const four = keysFrom(1, 4);
const newcomer = keyOf(40);
const five = [...four, newcomer].sort((one, two) => (one.address < two.address ? -1 : 1));
const request = `0x${"d4".repeat(32)}`;
const empty: BlockPlan = { validators: four };
const busy: BlockPlan = { validators: four, transactions: [[registered(studies[0])], [foreign, delivered(studies[0], request)], [registered(studies[1])]] };
const plans = [empty, empty, busy, empty, { validators: four, transactions: [[foreign]] }, { validators: four, transactions: [[registered(studies[2])]] }, empty];

const codes = (report: { readonly findings: readonly { readonly code: FindingCode; readonly block: number | null }[] }) => report.findings.map(({ code, block }) => `${code}@${block ?? "-"}`);
const vote = (proposer: (typeof four)[number] | undefined, add: boolean, candidate = newcomer.address, validators = four): BlockPlan => ({ validators, ...(proposer === undefined ? {} : { proposer }), vote: { candidate, add } });

for (const protocol of ["ibft2", "qbft"] as const) {
  const chain = plans.map((plan) => ({ ...plan, protocol }));
  test(`${protocol}: a genuine export is proven, whole or of one study`, async (t) => {
    const whole = await exportOf(chain);
    const report = verdictOn(whole.lines, { genesisHash: whole.genesis });
    t.deepEqual(codes(report), []);
    t.is(report.verdict, "verified");
    t.deepEqual(report.history, whole.events);
    t.is(report.events, 4);
    t.deepEqual(report.eras, [{ from: 0, protocol, validators: four.map(({ address }) => address) }]);
    t.is(report.sealsChecked, 6 * 4);
    const one = await exportOf(chain, { studies: [studies[0]] });
    const about = verdictOn(one.lines, { genesisHash: one.genesis });
    t.deepEqual(codes(about), []);
    t.is(about.events, 2, "the block's other study is not among the records");
    t.true(about.blocksRuledOut >= 4);
  });

  test(`${protocol}: what nobody vouches for is consistent at best`, async (t) => {
    const { lines, genesis } = await exportOf(chain);
    t.is(verdictOn(lines, {}).verdict, "unanchored");
    t.deepEqual(codes(verdictOn(lines, { genesisHash: `0x${"00".repeat(32)}` })), ["genesis-differs@-", "genesis-differs@0"]);
    t.is(verdictOn(lines, { genesisHash: genesis, chainId: 1 }).findings[0]?.code, "genesis-differs");
    t.is(verdictOn(lines, { genesisHash: genesis, contracts: { accessLedger: `0x${"12".repeat(20)}` } }).findings[0]?.code, "contracts-differ");
  });

  test(`${protocol}: the set of validators follows the votes, and a set that nobody elected is refused`, async (t) => {
    const [a, b, c] = four;
    const voted = [empty, vote(a, true), vote(b, true), vote(c, true), { validators: five }, { validators: five, proposer: newcomer }].map((plan) => ({ ...plan, protocol }));
    const { lines, genesis } = await exportOf(voted);
    const report = verdictOn(lines, { genesisHash: genesis });
    t.deepEqual(codes(report), []);
    t.deepEqual(report.eras.map(({ from, validators }) => [from, validators.length]), [[0, 4], [4, 5]]);
    const early = await exportOf([empty, vote(a, true), vote(b, true), { validators: five, sealers: four }].map((plan) => ({ ...plan, protocol })));
    t.deepEqual(codes(verdictOn(early.lines, { genesisHash: early.genesis })), ["validators-not-elected@3"], "two of four are no majority");
    const twice = await exportOf([empty, vote(a, true), vote(a, true), vote(a, true), { validators: five, sealers: four }].map((plan) => ({ ...plan, protocol })));
    t.deepEqual(codes(verdictOn(twice.lines, { genesisHash: twice.genesis })), ["validators-not-elected@4"], "one validator votes once");
    const [, , , last] = four;
    const three = four.filter((one) => one !== last);
    const dropped = await exportOf([empty, ...three.map((one) => vote(one, false, last?.address)), { validators: three }].map((plan) => ({ ...plan, protocol })));
    t.deepEqual(codes(verdictOn(dropped.lines, { genesisHash: dropped.genesis })), []);
  });

  test(`${protocol}: votes lapse at an epoch`, async (t) => {
    const [a, b, c] = four;
    const voted = [empty, vote(a, true), vote(b, true), empty, vote(c, true), { validators: five }].map((plan) => ({ ...plan, protocol }));
    const { lines, genesis } = await exportOf(voted);
    const rules = (epochLength: number) => ({ genesisHash: genesis, genesis: { chainId: 2026, header: new Uint8Array(0), rules: { epochLength, qbftFrom: null, overrides: [] } } });
    t.deepEqual(codes(verdictOn(lines, { genesisHash: genesis })), []);
    t.true(codes(verdictOn(lines, rules(3))).includes("validators-not-elected@5"));
  });

  test(`${protocol}: too few, repeated and foreign seals`, async (t) => {
    const [a, b, c] = four;
    const of = async (...sealers: (typeof a)[]) => {
      const made = await exportOf([empty, { validators: four, sealers: sealers.filter((one) => one !== undefined) }, empty].map((plan) => ({ ...plan, protocol })));
      return codes(verdictOn(made.lines, { genesisHash: made.genesis }));
    };
    t.deepEqual(await of(a, b, c), []);
    t.deepEqual(await of(a, b), ["seals-insufficient@1"]);
    t.deepEqual(await of(a, b, b), ["seals-insufficient@1"]);
    t.deepEqual(await of(a, b, newcomer), ["seals-insufficient@1"]);
    t.deepEqual(await of(a, b, c, newcomer), ["seals-insufficient@1"], "Besu takes no block with a stranger's seal either");
    t.deepEqual(await of(), ["seals-insufficient@1"]);
  });
}

test("from IBFT 2.0 to QBFT and never back", async (t) => {
  const moved = await exportOf([empty, busy, empty, ...[busy, empty].map((plan): BlockPlan => ({ ...plan, protocol: "qbft" }))]);
  const report = verdictOn(moved.lines, { genesisHash: moved.genesis });
  t.deepEqual(codes(report), []);
  t.deepEqual(report.eras.map(({ from, protocol }) => [from, protocol]), [[0, "ibft2"], [3, "qbft"]]);
  const planned = (qbftFrom: number) => ({ genesisHash: moved.genesis, genesis: { chainId: 2026, header: new Uint8Array(0), rules: { epochLength: 30_000, qbftFrom, overrides: [] } } });
  t.false(codes(verdictOn(moved.lines, planned(3))).includes("block-changed@3"));
  t.true(codes(verdictOn(moved.lines, planned(2))).includes("block-changed@2"));
  const back = await exportOf([empty, { ...empty, protocol: "qbft" }, empty]);
  t.true(codes(verdictOn(back.lines, { genesisHash: back.genesis })).includes("block-changed@2"));
});

test("headers may begin at a block the reader trusts by its hash", async (t) => {
  const { lines } = await exportOf(plans, { headersFrom: 2, from: 3 });
  t.is(verdictOn(lines, {}).verdict, "unanchored");
  const [, parent] = (await exportOf(plans.slice(0, 3))).lines.slice(-2);
  const hash = (JSON.parse(parent ?? "") as { end: { hash: `0x${string}` } }).end.hash;
  t.is(verdictOn(lines, { checkpoint: hash }).verdict, "verified");
  t.deepEqual(codes(verdictOn(lines, { checkpoint: `0x${"ab".repeat(32)}` })), ["genesis-differs@2"]);
});

test("a chain without seals is never proven", async (t) => {
  const { lines, genesis } = await exportOf(plans);
  t.is(verdictOn(lines, { genesisHash: genesis }).verdict, "verified");
  const mixed = await exportOf([empty, { ...empty, sealers: [] }]);
  t.is(verdictOn(mixed.lines, { genesisHash: mixed.genesis }).verdict, "refuted");
});

test("a changed receipt is named among its neighbours, a record by its number", async (t) => {
  const { lines, genesis } = await exportOf(plans);
  const changed = (change: (line: { body: { receipts: string[]; transactions: string[] }; events: { kind: string }[] }) => void) => {
    const line = JSON.parse(lines[3] ?? "") as Parameters<typeof change>[0];
    change(line);
    return verdictOn(lines.with(3, JSON.stringify(line)), { genesisHash: genesis }).findings.map(({ code, block, line: at, record }) => [code, block, at, record]);
  };
  t.deepEqual(changed(({ body }) => {
      body.receipts[1] = body.receipts[0] ?? "";
    }), [["receipts-changed", 2, 4, "receipt 1"]]);
  t.deepEqual(changed(({ body }) => {
      body.transactions[2] = body.transactions[0] ?? "";
    }), [["transactions-changed", 2, 4, "transaction 2"]]);
  t.deepEqual(changed(({ events }) => void Object.assign(events[1] ?? {}, { custodian: 9 })), [["history-differs", 2, 4, "record 1"]]);
  t.deepEqual(changed(({ events }) => void events.splice(1, 1)), [["history-differs", 2, 4, "record 1"]]);
});
