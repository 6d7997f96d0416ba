import test from "ava";
import hre from "hardhat";
import { encodeDeployData, encodeFunctionData, hexToBigInt, numberToHex, slice, type Abi, type Hex } from "viem";
import { generatePrivateKey, type PrivateKeyAccount } from "viem/accounts";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startCouncil, support, type CouncilWorld, type Proposal } from "../support/council.ts";

const w = await startCouncil();
reportCoverage(test);

type Ballot = { readonly proposalId: bigint; readonly support: number; readonly nonce: bigint };

/** OpenZeppelin's Ballot, signed for this Council. */
async function ballot(world: CouncilWorld, { proposalId, support: choice, nonce }: Ballot, by: PrivateKeyAccount = world.signer): Promise<Hex> {
  return by.signTypedData({
    domain: { name: "Fiducial Council", version: "1", chainId: 20252, verifyingContract: world.council.address },
    types: { Ballot: [{ name: "proposalId", type: "uint256" }, { name: "support", type: "uint8" }, { name: "voter", type: "address" }, { name: "nonce", type: "uint256" }] },
    primaryType: "Ballot",
    message: { proposalId, support: choice, voter: world.signer.address, nonce },
  });
}
async function opened(world: CouncilWorld): Promise<Proposal> {
  const p = await world.draft([world.suspend(4)]);
  await world.propose(p);
  await world.opened();
  return p;
}
const cast = (world: CouncilWorld, p: Proposal, signature: Hex, choice: number = support.for, voter = world.signer.address) =>
  world.send(world.stranger, world.council, "castVoteBySig", [p.id, choice, voter, signature]);

test.serial("a signed vote counts, whoever brings it, once", async (t) => {
  const p = await opened(w);
  const signature = await ballot(w, { proposalId: p.id, support: support.for, nonce: 0n });
  emitted(t, await cast(w, p, signature), "VoteCast", { voter: w.signer.address, weight: 1n, support: support.for });
  await refused(t, "GovernorInvalidSignature", cast(w, p, signature));
  const again = await ballot(w, { proposalId: p.id, support: support.against, nonce: 1n });
  await refused(t, "GovernorAlreadyCastVote", cast(w, p, again, support.against));
});

test.serial("a signature is worth nothing for another choice, proposal, voter or nonce", async (t) => {
  const p = await opened(w);
  const other = await opened(w);
  const nonce = await w.read<bigint>(w.council, "nonces", [w.signer.address]);
  const signature = await ballot(w, { proposalId: p.id, support: support.for, nonce });
  await refused(t, "GovernorInvalidSignature", cast(w, p, signature, support.against));
  await refused(t, "GovernorInvalidSignature", cast(w, other, signature));
  await refused(t, "GovernorInvalidSignature", cast(w, p, signature, support.for, w.governor(1)));
  await refused(t, "GovernorInvalidSignature", cast(w, p, await ballot(w, { proposalId: p.id, support: support.for, nonce: nonce + 1n })));
  emitted(t, await cast(w, p, signature), "VoteCast");
});

test.serial("a malleated signature, s turned over the order, is refused", async (t) => {
  const p = await opened(w);
  const signature = await ballot(w, { proposalId: p.id, support: support.for, nonce: await w.read<bigint>(w.council, "nonces", [w.signer.address]) });
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = numberToHex(order - hexToBigInt(slice(signature, 32, 64)), { size: 32 });
  const v = slice(signature, 64, 65) === "0x1b" ? "1c" : "1b";
  await refused(t, "GovernorInvalidSignature", cast(w, p, `${slice(signature, 0, 32)}${s.slice(2)}${v}`));
  await refused(t, "GovernorInvalidSignature", cast(w, p, "0x"));
  emitted(t, await cast(w, p, signature), "VoteCast");
});

test.serial("a vote signed for one consortium does not count in another, be it the same proposal by the same people", async (t) => {
  const signerKey = generatePrivateKey();
  const first = await startCouncil({ signerKey });
  const second = await startCouncil({ chain: first, signerKey });
  t.not(first.council.address, second.council.address);
  const call = { ...second.suspend(4) };
  const [a, b] = [await first.draft([call], "same"), await second.draft([call], "same")];
  t.is(a.id, b.id, "a proposal's id says nothing about the Council it stands before");
  await first.propose(a);
  await second.propose(b);
  await first.opened();
  const signature = await ballot(first, { proposalId: a.id, support: support.for, nonce: 0n });
  await refused(t, "GovernorInvalidSignature", cast(second, b, signature));
  emitted(t, await cast(first, a, signature), "VoteCast");
  for (const id of [1, 2, 3, 4]) await first.vote(a, id);
  await first.closed();
  await refused(t, "GovernorUnexpectedProposalState", second.queue(b));
  await first.queue(a);
  await first.ripe();
  await refused(t, "AccessManagedUnauthorized", first.execute(a));
  t.is(await second.statusOf(4), "Active", "one consortium's timelock has no power in the other");
});

test.serial("votes with a reason are signed too", async (t) => {
  const p = await opened(w);
  const nonce = await w.read<bigint>(w.council, "nonces", [w.signer.address]);
  const signature = await w.signer.signTypedData({
    domain: { name: "Fiducial Council", version: "1", chainId: 20252, verifyingContract: w.council.address },
    types: {
      ExtendedBallot: [
        { name: "proposalId", type: "uint256" },
        { name: "support", type: "uint8" },
        { name: "voter", type: "address" },
        { name: "nonce", type: "uint256" },
        { name: "reason", type: "string" },
        { name: "params", type: "bytes" },
      ],
    },
    primaryType: "ExtendedBallot",
    message: { proposalId: p.id, support: 1, voter: w.signer.address, nonce, reason: "late twice", params: "0x01" },
  });
  const args = (reason: string) => [p.id, 1, w.signer.address, reason, "0x01", signature];
  await refused(t, "GovernorInvalidSignature", w.send(w.stranger, w.council, "castVoteWithReasonAndParamsBySig", args("late once")));
  emitted(t, await w.send(w.stranger, w.council, "castVoteWithReasonAndParamsBySig", args("late twice")), "VoteCastWithParams", { reason: "late twice", weight: 1n });
});

async function wallet(name: string) {
  const { abi, bytecode } = await hre.artifacts.readArtifact(name);
  const address = await w.create(w.stranger, encodeDeployData({ abi: abi as Abi, bytecode: bytecode as Hex, args: [] }));
  return { address, abi: abi as Abi };
}

test.serial("a hospital whose governor is a contract votes by ERC-1271, and calls back into nothing", async (t) => {
  const signer = await wallet("ReentrantSigner");
  await w.decide([{ target: w.members, name: "replaceGovernor", args: [5, signer.address] }]);
  const p = await opened(w);
  const again = encodeFunctionData({ abi: w.council.abi, functionName: "castVoteBySig", args: [p.id, 1, signer.address, "0x"] });
  await w.send(w.stranger, signer, "arm", [w.council.address, again]);
  await refused(t, "GovernorInvalidSignature", cast(w, p, "0x", support.for, signer.address));
  await w.send(w.stranger, signer, "arm", ["0x0000000000000000000000000000000000000000", "0x"]);
  emitted(t, await cast(w, p, "0x", support.for, signer.address), "VoteCast", { voter: signer.address, weight: 1n });
});

test.serial("a governor contract that burns all gas harms its own vote only", async (t) => {
  const burner = await wallet("GasBurningWallet");
  await w.decide([{ target: w.members, name: "replaceGovernor", args: [5, burner.address] }]);
  const p = await opened(w);
  await refused(t, "GovernorInvalidSignature", cast(w, p, "0x", support.for, burner.address));
  for (const id of [1, 2, 3]) await w.vote(p, id);
  await w.closed();
  t.is(await w.stateOf(p), "Succeeded");
});

test.serial("what a proposal calls cannot execute, cancel or vote on the way", async (t) => {
  const target = await wallet("ReentrantSigner");
  const p = await w.draft([{ target, name: "poke" }, w.suspend(4)]);
  for (const name of ["execute", "queue"] as const) {
    const before = await w.snapshot();
    const data = encodeFunctionData({ abi: w.council.abi, functionName: name, args: [...p.calls, p.hash] });
    await w.send(w.stranger, target, "arm", [w.council.address, data]);
    await w.propose(p);
    await w.opened();
    for (const id of [1, 2, 3, 4]) await w.vote(p, id);
    await w.closed();
    await w.queue(p);
    await w.ripe();
    const sent = await w.execute(p);
    t.is(sent.events.filter((event) => event.name === "MemberSuspended").length, 1);
    t.false(await w.read(target, "reentered"), name);
    await w.revert(before);
  }
});
