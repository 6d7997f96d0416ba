import test from "ava";
import { statusText } from "../../../../node-agent/src/cli/network/status.ts";
import type { ConsortiumStatus } from "../../../../node-agent/src/model/consortium.ts";
import { address, memberId } from "../../../../node-agent/src/model/ids.ts";

const at = (digit: string) => address(`0x${digit.repeat(40)}`);
const calm: ConsortiumStatus = {
  block: 90,
  targets: [{ name: "chain", error: null, drift: [], notes: [] }],
  chain: { node: at("1"), head: 91, validators: [{ address: at("1"), member: memberId(1), signing: true, self: true }, { address: at("2"), member: null, signing: false, self: false }], quorum: 2, margin: -1, candidates: [], votes: [], refused: [], stall: null },
};

test("who validates, who does not sign and whose nobody is", (t) => {
  const text = statusText(calm);
  t.regex(text, new RegExp(`${at("1")} +1 +yes +\\(here\\)`, "u"));
  t.regex(text, new RegExp(`${at("2")} +nobody's +NO`, "u"));
  t.regex(text, /chain: as the registry says/u);
  t.notRegex(text, /Silent|Votes|become/u);
});

test("a stall, votes, candidates, refusals, drift and a system that does not answer are all told", (t) => {
  const text = statusText({
    ...calm,
    targets: [
      { name: "chain", error: null, drift: [{ kind: "stranger", subject: "abcd", detail: "was connected with a key that no member has" }], notes: ["the node lets anybody connect"] },
      { name: "ipfs", error: "no answer", drift: [], notes: [] },
    ],
    chain: {
      ...(calm.chain as NonNullable<ConsortiumStatus["chain"]>),
      candidates: [{ address: at("3"), member: memberId(3), followedBlocks: 4, ofBlocks: 30 }],
      votes: [{ validator: at("2"), add: false, castBy: [at("1")], needed: 2 }],
      refused: [{ validator: at("1"), add: false, reason: "removing it would leave 1 of 2" }],
      stall: { head: 91, seconds: 40, quorum: 2, reachable: 1, silent: [{ address: at("2"), member: memberId(2), why: "not connected" }] },
    },
  });
  for (const part of ["no block for 40 s", `${at("2")} (member 2) not connected`, "followed 4 of 30 blocks", `remove ${at("2")}: 1 of 2 needed`, "would leave 1 of 2", "stranger abcd", "lets anybody connect", "ipfs: \n  cannot be looked at: no answer"]) t.true(text.includes(part), part);
});
