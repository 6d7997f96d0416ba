import fc from "fast-check";
import test from "ava";
import { type BlockPlan, contracts, delivered, exportOf, foreign, keyOf, keysFrom, registered, studies, verdictOn } from "./support/sealed-chain.ts";

/** Whatever is done to a genuine export, it is refused, and the finding names the block it was done to. */
const four = keysFrom(1, 4);
const empty: BlockPlan = { validators: four };
const plans: readonly BlockPlan[] = [
  empty,
  { validators: four, transactions: [[registered(studies[0])], [foreign, delivered(studies[0], `0x${"d4".repeat(32)}`)], [registered(studies[1])]] },
  { validators: four, vote: { candidate: keyOf(40).address, add: true } },
  { validators: four, transactions: [[registered(studies[2]), delivered(studies[2], `0x${"d5".repeat(32)}`)]] },
  empty,
];

type Line = Record<string, unknown> & { header: string; body: { transactions: string[]; transactionNodes: string[]; receipts: string[]; receiptNodes: string[] }; events: Record<string, unknown>[] };
type Done = { readonly lines: readonly string[]; readonly block: number | null; readonly what: string };
const last = plans.length - 1;
const busy = [1, 3] as const;
const blockLine = (block: number) => block + 1;
const edit = (lines: readonly string[], at: number, change: (line: Line) => void): string[] => {
  const line = JSON.parse(lines[at] ?? "") as Line;
  change(line);
  return lines.with(at, JSON.stringify(line));
};
const flip = (hex: string, at: number): string => {
  const place = 2 + (at % (hex.length - 2));
  return `${hex.slice(0, place)}${((Number.parseInt(hex[place] ?? "0", 16) + 1 + (at % 15)) % 16).toString(16)}${hex.slice(place + 1)}`;
};
const at = fc.nat({ max: 1 << 20 });
const anyBlock = fc.integer({ min: 0, max: last });
const busyBlock = fc.constantFrom(...busy);
type Mutation = fc.Arbitrary<(lines: readonly string[]) => Done | null>;

const mutations: Readonly<Record<string, Mutation>> = {
  "a block is gone": anyBlock.map((block) => (lines) => ({ lines: lines.toSpliced(blockLine(block), 1), block, what: "gone" })),
  "two blocks are exchanged": fc.tuple(anyBlock, anyBlock).map(([one, two]) => (lines) =>
    one === two ? null : { lines: lines.with(blockLine(one), lines[blockLine(two)] ?? "").with(blockLine(two), lines[blockLine(one)] ?? ""), block: Math.min(one, two), what: "exchanged" },
  ),
  "a block stands twice": anyBlock.map((block) => (lines) => ({ lines: lines.toSpliced(blockLine(block), 0, lines[blockLine(block)] ?? ""), block, what: "twice" })),
  "a digit of a header is another": fc.tuple(anyBlock, at).map(([block, place]) => (lines) => ({ lines: edit(lines, blockLine(block), (line) => {
      line.header = flip(line.header, place);
    }), block, what: `digit ${place}` })),
  "a digit of a receipt is another": fc.tuple(busyBlock, at, at).map(([block, which, place]) => (lines) => ({
    lines: edit(lines, blockLine(block), ({ body }) => {
      body.receipts[which % body.receipts.length] = flip(body.receipts[which % body.receipts.length] ?? "", place);
    }),
    block,
    what: `receipt ${which}`,
  })),
  "a digit of a transaction is another": fc.tuple(busyBlock, at, at).map(([block, which, place]) => (lines) => ({
    lines: edit(lines, blockLine(block), ({ body }) => {
      body.transactions[which % body.transactions.length] = flip(body.transactions[which % body.transactions.length] ?? "", place);
    }),
    block,
    what: `transaction ${which}`,
  })),
  "receipts are gone, doubled or in another order": fc.tuple(fc.constantFrom("pop", "push", "reverse"), fc.constantFrom("receipts", "transactions", "receiptNodes", "transactionNodes")).map(([how, list]) => (lines) => ({
    lines: edit(lines, blockLine(1), ({ body }) => {
      const values = body[list as keyof Line["body"]];
      if (how === "reverse" && values.length > 1) values.reverse();
      else if (how === "push") values.push(values[0] ?? "0x00");
      else values.pop();
      // A list of nodes that is left out altogether takes nothing away.
      if (values.length === 0) values.push("0x00");
    }),
    block: 1,
    what: `${how} ${list}`,
  })),
  "a body is left out": fc.tuple(busyBlock, fc.boolean()).map(([block, claims]) => (lines) => ({
    lines: edit(lines, blockLine(block), (line) => {
      Reflect.deleteProperty(line, "body");
      if (claims) Reflect.deleteProperty(line, "events");
    }),
    block,
    what: "no body",
  })),
  "a record is left out, added, doubled or exchanged": fc.tuple(busyBlock, fc.constantFrom("shift", "pop", "push", "reverse", "none")).map(([block, how]) => (lines) => ({
    lines: edit(lines, blockLine(block), (line) => {
      if (how === "none") Reflect.deleteProperty(line, "events");
      else if (how === "push") line.events.push({ ...line.events[0] });
      else if (how === "reverse") line.events.reverse();
      else line.events[how]();
    }),
    block,
    what: how,
  })),
  "a field of a record is another": fc.tuple(busyBlock, at, at, fc.constantFrom("digit", "gone", "more")).map(([block, which, field, how]) => (lines) => ({
    lines: edit(lines, blockLine(block), ({ events }) => {
      const event = events[which % events.length] ?? {};
      const names = Object.keys(event);
      const name = names[field % names.length] ?? "";
      if (how === "gone") Reflect.deleteProperty(event, name);
      else if (how === "more") event["note"] = "added";
      else event[name] = typeof event[name] === "number" ? (event[name] as number) + 1 : `${String(event[name])}x`;
    }),
    block,
    what: `${how} ${field}`,
  })),
  "a record where there is none": fc.constantFrom(2, 4).map((block) => (lines) => ({
    lines: edit(lines, blockLine(block), (line) => {
      line.events = (JSON.parse(lines[blockLine(1)] ?? "") as Line).events;
    }),
    block,
    what: "invented",
  })),
  "something more in a line": anyBlock.map((block) => (lines) => ({ lines: edit(lines, blockLine(block), (line) => {
      line["note"] = 1;
    }), block, what: "more" })),
  "a line is no JSON": fc.tuple(anyBlock, at).map(([block, place]) => (lines) => {
    const line = lines[blockLine(block)] ?? "";
    return { lines: lines.with(blockLine(block), line.slice(0, place % line.length)), block, what: "cut line" };
  }),
  "the head says something else": fc
    .constantFrom<[string, unknown]>(["chainId", 7], ["genesis", `0x${"12".repeat(32)}`], ["to", 3], ["to", 5], ["headersFrom", 1], ["from", 2], ["version", 2], ["format", "other"], ["studies", [studies[0]]], ["studies", []], ["contracts", { ...contracts, accessLedger: contracts.creditLedger }], ["contracts", {}], ["more", 1])
    .map(([name, value]) => (lines) => ({ lines: edit(lines, 0, (line) => {
      line[name] = value;
    }), block: null, what: name })),
  "the end says something else": fc
    .constantFrom({ blocks: 4, events: 5 }, { blocks: 5, events: 4 }, { blocks: 5, events: 5, hash: `0x${"00".repeat(32)}` }, { blocks: 5 }, {})
    .map((end) => (lines) => ({ lines: edit(lines, lines.length - 1, (line) => {
      line["end"] = { ...(end.events === undefined ? {} : (line["end"] as object)), ...end };
    }), block: null, what: "end" })),
  "the file is cut, continued or empty": fc.tuple(fc.constantFrom("cut", "more", "empty"), at).map(([how, place]) => (lines) => ({
    lines: how === "empty" ? [] : how === "cut" ? lines.slice(0, 1 + (place % (lines.length - 1))) : [...lines, lines[1 + (place % (lines.length - 1))] ?? ""],
    block: null,
    what: how,
  })),
};

for (const [name, mutation] of Object.entries(mutations))
  test(name, async (t) => {
    t.timeout(240_000);
    for (const protocol of ["ibft2", "qbft"] as const) {
      const { lines, genesis } = await exportOf(plans.map((plan) => ({ ...plan, protocol })));
      const trust = { genesisHash: genesis, chainId: 2026, contracts };
      t.is(verdictOn(lines, trust).verdict, "verified", "untouched it is proven");
      fc.assert(
        fc.property(mutation, (mutate) => {
          const done = mutate(lines);
          fc.pre(done !== null && done.lines.join("\n") !== lines.join("\n"));
          if (done === null) return;
          const { verdict, findings } = verdictOn(done.lines, trust);
          if (verdict !== "refuted") throw new Error(`${done.what}: ${verdict}`);
          if (done.block !== null && !findings.some(({ block }) => block === done.block)) throw new Error(`${done.what} of block ${done.block} is blamed on ${JSON.stringify(findings)}`);
        }),
        { numRuns: 25 },
      );
    }
    t.pass();
  });
