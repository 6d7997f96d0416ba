import type { Consortium } from "./consortium-schema.ts";

/** One thing that is wrong, at a place in the file. */
export type RuleProblem = { readonly path: readonly (string | number)[]; readonly message: string };

/** Every value that occurs twice, at the place where it occurs again. */
function* doubled(what: string, places: Iterable<readonly [value: string, path: readonly (string | number)[]]>): Generator<RuleProblem> {
  const seen = new Set<string>();
  for (const [value, path] of places) {
    if (seen.has(value)) yield { path, message: `${what} ${value.length > 60 ? `${value.slice(0, 16)}...` : value} is already used above` };
    seen.add(value);
  }
}

function* memberProblems({ members }: Consortium): Generator<RuleProblem> {
  for (const [at, { id, kind, operators, profile, nodes }] of members.entries()) {
    const path = ["members", at];
    if (id !== at + 1) yield { path: [...path, "id"], message: `members are numbered in the order of the list; this one is ${at + 1}` };
    if (kind === "hospital") {
      if (operators.length === 0) yield { path: [...path, "operators"], message: "a hospital needs the account of its agent" };
      if (profile.endpoint === "") yield { path: [...path, "profile", "endpoint"], message: "a hospital needs the https URL of its agent's peer listener" };
      if (/^0x0+$/u.test(profile.openpgpSha256)) yield { path: [...path, "profile", "openpgpSha256"], message: "a hospital needs an OpenPGP certificate" };
      if (/^0x0+$/u.test(profile.spkiSha256)) yield { path: [...path, "profile", "spkiSha256"], message: "a hospital needs a TLS key" };
      continue;
    }
    if (operators.length > 0) yield { path: [...path, "operators"], message: "an observer writes nothing, so it has no operator" };
    for (const [index, { validator }] of nodes.entries()) if (validator) yield { path: [...path, "nodes", index, "validator"], message: "an observer's node does not seal blocks; write validator: false" };
  }
}

function* uniqueness({ members, guardians, guardianThreshold, reviewers }: Consortium): Generator<RuleProblem> {
  const nodes = members.flatMap((member, at) => member.nodes.map((node, index) => ({ node, path: ["members", at, "nodes", index] as const })));
  yield* doubled("the name", members.map(({ name }, at) => [name, ["members", at, "name"]] as const));
  yield* doubled("the name", nodes.map(({ node, path }) => [node.name, [...path, "name"]] as const));
  yield* doubled("the public key", nodes.map(({ node, path }) => [node.publicKey, [...path, "publicKey"]] as const));
  yield* doubled("the address", nodes.map(({ node, path }) => [`${node.host}:${node.p2pPort}`, [...path, "p2pPort"]] as const));
  yield* doubled("the peer id", nodes.flatMap(({ node, path }) => (node.ipfs === null ? [] : [[node.ipfs.peerId, [...path, "ipfs", "peerId"]] as const])));
  yield* doubled("the peer id", nodes.flatMap(({ node, path }) => (node.cluster === null ? [] : [[node.cluster.peerId, [...path, "cluster", "peerId"]] as const])));
  // The registry lets one account serve one member only.
  yield* doubled("the account", members.flatMap(({ governor, operators }, at) => [
    [governor, ["members", at, "governor"]] as const,
    ...operators.map((operator, index) => [operator, ["members", at, "operators", index]] as const),
  ]));
  yield* doubled("the guardian", guardians.map((one, at) => [one, ["guardians", at]] as const));
  if (guardianThreshold !== null && guardianThreshold > guardians.length) yield { path: ["guardianThreshold"], message: `there are only ${guardians.length} guardians: nothing could ever be stopped` };
  yield* doubled("the reviewer", reviewers.map((one, at) => [one, ["reviewers", at]] as const));
}

/** What is wrong with a consortium file beyond the form of its single values, in sentences; empty when nothing is. */
export function* consortiumProblems(consortium: Consortium): Generator<RuleProblem> {
  const { consensus, forks, members, genesisTime } = consortium;
  if (consensus.emptyBlockPeriodSeconds !== null) {
    const path = ["consensus", "emptyBlockPeriodSeconds"];
    if (consensus.protocol === "ibft2") yield { path, message: "only QBFT has it: IBFT 2.0 would seal empty blocks at the block period all the same" };
    else if (consensus.emptyBlockPeriodSeconds < consensus.blockPeriodSeconds) yield { path, message: "it cannot be shorter than the block period" };
  }
  if (consensus.requestTimeoutSeconds !== null && consensus.requestTimeoutSeconds <= consensus.blockPeriodSeconds)
    yield { path: ["consensus", "requestTimeoutSeconds"], message: "it must be longer than the block period, or proposers are passed over before they may propose" };
  if (forks.osakaTime !== null && (forks.pragueTime === null || forks.pragueTime > forks.osakaTime)) yield { path: ["forks", "osakaTime"], message: "Osaka comes after Prague: give pragueTime, not later than this" };
  for (const name of ["pragueTime", "osakaTime"] as const)
    if (forks[name] !== null && forks[name] !== 0 && forks[name] < genesisTime) yield { path: ["forks", name], message: "it is before genesisTime; write 0 for rules that hold from the start" };
  // A file without any node is of a chain that is not made from it: the embedded engine's.
  if (members.some(({ nodes }) => nodes.length > 0) && !members.some(({ nodes }) => nodes.some(({ validator }) => validator))) yield { path: ["members"], message: "no node is a validator, so no block would ever be sealed" };
  if (!members.some(({ kind }) => kind === "hospital")) yield { path: ["members"], message: "no member is a hospital, so nobody could vote" };
  yield* memberProblems(consortium);
  yield* uniqueness(consortium);
}
