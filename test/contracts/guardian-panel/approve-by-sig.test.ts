import hre from "hardhat";
import test from "ava";
import { encodeDeployData, encodeFunctionData, hexToBigInt, numberToHex, slice, type Abi, type Address, type Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startCouncil, type CouncilWorld } from "../support/council.ts";

const w = await startCouncil();
reportCoverage(test);
const [first, second] = [privateKeyToAccount(generatePrivateKey()), privateKeyToAccount(generatePrivateKey())];
const sit = (world: CouncilWorld, ...guardians: readonly Address[]) => world.decide([{ target: world.panel, name: "setGuardians", args: [guardians, 2n] }]);
test.before(() => sit(w, first.address, second.address, w.guardians[2]));

type Approval = { readonly target: Address; readonly proposal: bigint; readonly until: number; readonly nonce: bigint };
const sign = (by: PrivateKeyAccount, message: Approval, world: CouncilWorld = w, chainId = 20252): Promise<Hex> =>
  by.signTypedData({
    domain: { name: "Fiducial Guardians", version: "1", chainId, verifyingContract: world.panel.address },
    types: { Approval: [{ name: "target", type: "address" }, { name: "proposal", type: "uint256" }, { name: "until", type: "uint48" }, { name: "nonce", type: "uint256" }] },
    primaryType: "Approval",
    message,
  });
const nonceOf = (by: { readonly address: Address }, world = w) => world.read<bigint>(world.panel, "nonces", [by.address]);
const approval = async (by: { readonly address: Address }, target = w.studies.address, proposal = 0n): Promise<Approval> => ({ target, proposal, until: (await w.now()) + 3600, nonce: await nonceOf(by) });
const bring = ({ target, proposal, until }: Approval, guardian: Address, signature: Hex, world = w) => world.send(world.stranger, world.panel, "approveBySig", [target, proposal, until, guardian, signature]);

test.serial("signed approvals count, whoever brings them, once", async (t) => {
  const message = await approval(first);
  const signature = await sign(first, message);
  t.is(await w.read(w.panel, "hashApproval", [message.target, message.proposal, message.until, message.nonce]).then(String).then((text) => text.length), 66);
  emitted(t, await bring(message, first.address, signature), "ApprovalGiven", { guardian: first.address, target: w.studies.address });
  await refused(t, "ApprovalSignatureInvalid", bring(message, first.address, signature));
  const withdrawn = { ...(await approval(first)), until: 0 };
  emitted(t, await bring(withdrawn, first.address, await sign(first, withdrawn)), "ApprovalGiven", { until: 0 });
  await refused(t, "ApprovalSignatureInvalid", bring(message, first.address, signature));
  t.deepEqual(await w.read(w.panel, "approvals", [w.studies.address, 0n]), [], "taken back, and not brought back by the old signature");
  for (const by of [first, second]) {
    const again = await approval(by);
    await bring(again, by.address, await sign(by, again));
  }
  emitted(t, await w.send(w.stranger, w.panel, "pause", [w.studies.address]), "WritesPaused");
});

test.serial("a signature is worth nothing for another act, time, guardian, nonce, or by a stranger", async (t) => {
  const message = await approval(first, w.access.address);
  const signature = await sign(first, message);
  const no = (changed: Partial<Approval>, guardian = first.address) => refused(t, "ApprovalSignatureInvalid", bring({ ...message, ...changed }, guardian, signature));
  await no({ target: w.consents.address });
  await no({ proposal: 1n });
  await no({ until: message.until + 1 });
  await no({}, second.address);
  await refused(t, "ApprovalSignatureInvalid", bring(message, first.address, await sign(first, { ...message, nonce: message.nonce + 1n })));
  await refused(t, "ApprovalSignatureInvalid", bring(message, first.address, await sign(second, message)));
  await refused(t, "ApprovalSignatureInvalid", bring(message, first.address, "0x"));
  const outsider = privateKeyToAccount(generatePrivateKey());
  const own = { ...message, nonce: 0n };
  await refused(t, "GuardianUnknown", bring(own, outsider.address, await sign(outsider, own)));
  t.is(await nonceOf(first), message.nonce, "nothing of that used the guardian's nonce");
  emitted(t, await bring(message, first.address, signature), "ApprovalGiven");
});

test.serial("of one signature there is one form", async (t) => {
  const message = await approval(first, w.credit.address);
  const signature = await sign(first, message);
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const turned = numberToHex(order - hexToBigInt(slice(signature, 32, 64)), { size: 32 });
  const v = slice(signature, 64, 65) === "0x1b" ? "1c" : "1b";
  for (const form of [`${slice(signature, 0, 32)}${turned.slice(2)}${v}`, slice(signature, 0, 64), `${slice(signature, 0, 64)}00`, `${signature}00`] as Hex[]) {
    await refused(t, "ApprovalSignatureInvalid", bring(message, first.address, form));
  }
  emitted(t, await bring(message, first.address, signature), "ApprovalGiven");
});

test.serial("what was signed for one panel, or one chain, is worth nothing at another", async (t) => {
  const other = await startCouncil({ chain: w });
  await sit(other, first.address, second.address);
  t.not(other.panel.address, w.panel.address);
  const p = await w.draft([w.suspend(4)]);
  await w.propose(p);
  const mine = await approval(first, w.council.address, p.id);
  await refused(t, "ApprovalSignatureInvalid", bring({ ...mine, nonce: 0n }, first.address, await sign(first, { ...mine, nonce: 0n }), other));
  await refused(t, "ApprovalSignatureInvalid", bring(mine, first.address, await sign(first, mine, w, 20253)));
  await refused(t, "ApprovalSignatureInvalid", bring(mine, first.address, await sign(first, mine, other)));
  emitted(t, await bring(mine, first.address, await sign(first, mine)), "ApprovalGiven");
});

async function wallet(name: string) {
  const { abi, bytecode } = await hre.artifacts.readArtifact(name);
  return { address: await w.create(w.stranger, encodeDeployData({ abi: abi as Abi, bytecode: bytecode as Hex, args: [] })), abi: abi as Abi };
}

test.serial("a guardian that is a contract approves by ERC-1271 and calls back into nothing; one that burns its gas stops only itself", async (t) => {
  const [caller, burner] = [await wallet("ReentrantSigner"), await wallet("GasBurningWallet")];
  await sit(w, caller.address, burner.address, first.address);
  const message = await approval(caller, w.members.address);
  const again = encodeFunctionData({ abi: w.panel.abi, functionName: "approveBySig", args: [message.target, message.proposal, message.until, caller.address, "0x"] });
  await w.send(w.stranger, caller, "arm", [w.panel.address, again]);
  await refused(t, "ApprovalSignatureInvalid", bring(message, caller.address, "0x"));
  await w.send(w.stranger, caller, "arm", ["0x0000000000000000000000000000000000000000", "0x"]);
  emitted(t, await bring(message, caller.address, "0x"), "ApprovalGiven", { guardian: caller.address });
  await refused(t, "ApprovalSignatureInvalid", bring(await approval(burner, w.members.address), burner.address, "0x"));
  const own = await approval(first, w.members.address);
  await bring(own, first.address, await sign(first, own));
  emitted(t, await w.send(w.stranger, w.panel, "pause", [w.members.address]), "WritesPaused");
});
