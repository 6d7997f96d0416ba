import fc from "fast-check";
import test from "ava";
import { stringify } from "yaml";
import { newNodeKey, nodeKeyOf, type NodeKey } from "../../../network/besu/node-key.ts";
import { assembleFounding, parseTerms } from "../../../network/ceremony/assemble.ts";
import { foundingProblems, signFounding } from "../../../network/ceremony/consent.ts";
import { makeSubmission, readSubmission, type Submission } from "../../../network/ceremony/submission.ts";
import { parseConsortium } from "../../../network/consortium-file.ts";

const digest = (at: number) => `0x${at.toString(16).padStart(64, "0")}`;
const account = (at: number) => `0x${(0xd000_0000 + at).toString(16).padStart(40, "0")}`;

type Party = { readonly node: NodeKey; readonly submission: Submission };

function party(at: number, kind: "hospital" | "observer" = "hospital", change: Readonly<Record<string, unknown>> = {}): Party {
  const node = newNodeKey();
  const governor = newNodeKey();
  const hospital = kind === "hospital" ? { operators: [account(at)], profile: { endpoint: `https://h${at}.example`, openpgpSha256: digest(2 * at + 1), spkiSha256: digest(2 * at + 2) } } : {};
  const member = { name: `${kind} ${at}`, kind, governor: governor.address, ...hospital, nodes: [{ name: `n${at}`, publicKey: node.publicKey, host: `10.1.0.${at + 1}`, validator: kind === "hospital" }], ...change };
  return { node, submission: makeSubmission(member, { nodes: [node.secret], governor: governor.secret }) };
}

const terms = parseTerms(stringify({ name: "Pilot", chainId: 4711, genesisTime: 1_795_000_000, guardians: [account(900)] }));
const parties = [party(0), party(1), party(2), party(3), party(4, "observer")];
const all = parties.map(({ submission }) => submission);

test("the same submissions in any order make the same files and the same block 0", (t) => {
  const { statement, consortiumText, genesisText } = assembleFounding(terms, all);
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
      const again = assembleFounding(terms, shuffled);
      t.is(again.statement, statement);
      t.is(again.consortiumText, consortiumText);
      t.is(again.genesisText, genesisText);
    }),
  );
  t.deepEqual(parseConsortium(consortiumText).members.map(({ name }) => name), ["hospital 0", "hospital 1", "hospital 2", "hospital 3", "observer 4"]);
});

test("another member, other terms: another statement to sign", (t) => {
  const { statement } = assembleFounding(terms, all);
  t.not(assembleFounding(terms, all.slice(1)).statement, statement);
  t.not(assembleFounding({ ...terms, genesisTime: 1 }, all).statement, statement);
  t.not(assembleFounding({ ...terms, governance: { ...terms.governance, votingPeriod: 1 } }, all).statement, statement, "what block 0 does not hold is signed too");
});

test("a changed submission is refused, whatever is changed", (t) => {
  const [first] = all;
  if (first === undefined) throw new Error("no submission");
  const changes: readonly ((copy: { member: Record<string, unknown> & { nodes: Record<string, unknown>[] }; signatures: { nodes: string[]; governor: string } }) => void)[] = [
    (copy) => Object.assign(copy.member, { name: "Hospital Mallory" }),
    (copy) => Object.assign(copy.member, { governor: account(77) }),
    (copy) => Object.assign(copy.member, { operators: [account(78)] }),
    (copy) => Object.assign(copy.member["profile"] as object, { spkiSha256: digest(999) }),
    (copy) => Object.assign(copy.member.nodes[0] ?? {}, { host: "10.66.6.6" }),
    (copy) => Object.assign(copy.member.nodes[0] ?? {}, { publicKey: newNodeKey().publicKey }),
    (copy) => copy.signatures.nodes.splice(0, 1, copy.signatures.governor),
    (copy) => copy.signatures.nodes.push(copy.signatures.governor),
    (copy) => Object.assign(copy.signatures, { governor: `0x${"11".repeat(65)}` }),
    (copy) => Object.assign(copy, { extra: 1 }),
  ];
  t.notThrows(() => readSubmission(structuredClone(first), "it"));
  for (const [at, change] of changes.entries()) {
    const copy = structuredClone(first) as unknown as Parameters<typeof change>[0];
    change(copy);
    t.throws(() => readSubmission(copy, "north.json"), { code: "NETWORK_CEREMONY_WRONG", message: /north\.json/u }, `change ${at}`);
  }
});

test("a submission for a key that one does not hold cannot be made", (t) => {
  const mine = newNodeKey();
  const member = { name: "Thief", kind: "observer" as const, governor: mine.address, nodes: [{ name: "n", publicKey: newNodeKey().publicKey, host: "10.1.0.9", validator: false }] };
  t.throws(() => makeSubmission(member, { nodes: [mine.secret], governor: mine.secret }), { code: "NETWORK_CEREMONY_WRONG", message: /node n did not sign/u });
});

test("submissions that get in each other's way are refused with a sentence", (t) => {
  t.throws(() => assembleFounding(terms, [...all, party(3).submission]), { code: "NETWORK_CEREMONY_WRONG", message: /hospital 3 is already used/u });
  t.throws(() => assembleFounding(terms, [...all, party(9, "hospital", { operators: [account(1)] }).submission]), { message: /account 0x\w+ is already used/u });
  t.throws(() => assembleFounding(terms, [party(4, "observer").submission]), { message: /no block would ever be sealed/u });
});

test("the founding holds when every member has signed exactly it, and not before", (t) => {
  const founding = assembleFounding(terms, all);
  const signatures = parties.map(({ node }, at) => ({ what: `${at}.json`, value: signFounding(founding, node.secret) as unknown }));
  t.deepEqual(foundingProblems(founding, signatures), []);
  t.deepEqual(foundingProblems(founding, signatures.slice(1)), ["hospital 0 has not signed"]);
  const other = assembleFounding({ ...terms, genesisTime: 5 }, all);
  const [first] = parties;
  if (first === undefined) throw new Error("no party");
  t.regex(foundingProblems(founding, [{ what: "x", value: signFounding(other, first.node.secret) }, ...signatures.slice(1)]).join(), /hospital 0 signed another founding/u);
  const forged = { ...signFounding(founding, first.node.secret), member: "hospital 1" };
  t.regex(foundingProblems(founding, [{ what: "forged.json", value: forged }]).join(), /forged\.json was not made by the node of hospital 1/u);
  t.regex(foundingProblems(founding, [{ what: "junk.json", value: { a: 1 } }, ...signatures]).join(), /junk\.json is no signature/u);
  t.throws(() => signFounding(founding, newNodeKey().secret), { message: /belongs to no member/u });
});

test("no file of the ceremony holds a key", (t) => {
  const founding = assembleFounding(terms, all);
  const text = JSON.stringify(all) + founding.consortiumText + founding.genesisText + JSON.stringify(parties.map(({ node }) => signFounding(founding, node.secret)));
  for (const { node } of parties) {
    t.false(text.includes(node.secret));
    t.true(text.includes(nodeKeyOf(node.secret).publicKey));
  }
});
