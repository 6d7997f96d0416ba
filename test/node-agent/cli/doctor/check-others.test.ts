import test from "ava";
import { judge } from "../../../../node-agent/src/cli/doctor/check-others.ts";
import { address, digest, memberId } from "../../../../node-agent/src/model/ids.ts";
import type { ProbeAnswer } from "../../../../node-agent/src/model/probe.ts";

const hash = (byte: string) => digest(`0x${byte.repeat(32)}`);
const config = { chain: { chainId: 7, genesisHash: hash("01") } } as Parameters<typeof judge>[1];
const key = "ab".repeat(64);
const good: ProbeAnswer = {
  you: { member: memberId(2), status: "active", governor: address(`0x${"11".repeat(20)}`), governorNonce: 0 },
  now: 1_000_000,
  chain: { chainId: 7, genesisHash: hash("01"), block: { number: 5, hash: hash("05") } },
  nodes: [{ key, allowed: true, connected: true }],
  dialed: [{ what: "endpoint", address: "192.0.2.1:8443", ok: true, reason: null }],
};
const ours = { block: async (number: number) => ({ number, hash: hash("05"), timestamp: 0 }) };
const verdict = async (change: Partial<ProbeAnswer>, middleMs = 1_000_000) => (await judge("seen", config, { ...good, ...change }, middleMs, ours)).map(({ state, detail, mend }) => ({ state, detail, mend }));

test("all well is one line", async (t) => {
  const found = await verdict({});
  t.deepEqual(found.map(({ state }) => state), ["ok"]);
  t.regex(found[0]?.detail ?? "", /192\.0\.2\.1:8443/u);
});

for (const [what, change, state, words] of [
  ["another chain id", { chain: { ...good.chain, chainId: 8 } }, "fail", /another chain/u],
  ["another genesis", { chain: { ...good.chain, genesisHash: hash("02") } }, "fail", /another chain/u],
  ["a fork", { chain: { ...good.chain, block: { number: 5, hash: hash("06") } } }, "fail", /the chain has split/u],
  ["a closed port of the agent", { dialed: [{ what: "endpoint", address: "192.0.2.1:8443", ok: false, reason: "no answer" }] }, "fail", /cannot reach our agent at 192\.0\.2\.1:8443 \(no answer\)/u],
  ["a closed port of the node", { dialed: [{ what: "node", address: "192.0.2.1:30303", ok: false, reason: "ECONNREFUSED" }] }, "fail", /cannot reach our chain node/u],
  ["a private address", { dialed: [{ what: "node", address: "10.0.0.1:30303", ok: false, reason: "private address" }] }, "fail", /leads nowhere/u],
  ["an allowlist without us", { nodes: [{ key, allowed: false, connected: false }] }, "fail", /its allowlist lacks our node abababab/u],
  ["allowed and not connected", { nodes: [{ key, allowed: true, connected: false }] }, "warn", /not connected/u],
] as const satisfies readonly (readonly [string, Partial<ProbeAnswer>, string, RegExp])[])
  test(`found and said what to mend: ${what}`, async (t) => {
    const found = await verdict(change);
    t.deepEqual(found.map((one) => one.state), [state]);
    t.regex(found[0]?.detail ?? "", words);
    t.truthy(found[0]?.mend);
  });

test("a clock that is off is named with its direction", async (t) => {
  t.regex((await verdict({}, 1_000_000 - 60_000))[0]?.detail ?? "", /60 s ahead of ours/u);
  t.regex((await verdict({}, 1_000_000 + 60_000))[0]?.detail ?? "", /60 s behind ours/u);
  t.is((await verdict({}, 1_000_000 + 5000))[0]?.state, "ok");
});

test("a member that knows of nodes nothing, and has no block yet, is no failure", async (t) => {
  t.is((await verdict({ nodes: [{ key, allowed: null, connected: null }], chain: { ...good.chain, block: null } }))[0]?.state, "ok");
});
