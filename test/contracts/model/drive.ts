import { decodeErrorResult, encodeFunctionData, hashTypedData, keccak256, numberToHex, toHex, type Address, type Hex } from "viem";
import { privateKeyToAccount, sign } from "viem/accounts";
import { consortiumErrorsAbi } from "../../../node-agent/src/ledger/abi.generated.ts";
import { revertData, type Contract } from "../support/chain.ts";
import { domain, types } from "../support/consents.ts";
import { startWorld, zero, zero32, type World } from "../support/world.ts";
import { epochSeconds, rules } from "./credit.ts";
import { terms, type Model } from "./model.ts";
import { sizes, type Operation } from "./operations.ts";

const key = (name: string): Hex => keccak256(toHex(`key of ${name}`));
const patients = Array.from({ length: sizes.patients }, (_item, index) => ({ key: key(`p${index}`), address: privateKeyToAccount(key(`p${index}`)).address }));
export const studyId = (study: number): Hex => (study === sizes.studies ? zero32 : keccak256(toHex(`study ${study}`)));
export const requestId = (request: number): Hex => keccak256(toHex(`request ${request}`));
export const root = (value: number): Hex => (value === 0 ? zero32 : keccak256(toHex(`root ${value}`)));

/** The consortium of the model: its credit rules, and every account by the name the model gives it. */
export async function startModelWorld() {
  const { base: _base, ...credit } = rules;
  const world = await startWorld({ credit, epochSeconds, signedTerm: terms.signed, attestedTerm: terms.attested, delivery: terms.delivery, emergencyDelivery: terms.emergency });
  const address = (name: string): Address => {
    const [kind, number] = [name[0], Number(name.slice(1))];
    if (kind === "g") return world.governor(number);
    if (kind === "n") return privateKeyToAccount(key(name)).address;
    if (kind === "p") return patients[number]?.address ?? zero;
    return kind === "a" && number > 0 ? privateKeyToAccount(key(name)).address : zero;
  };
  const named = new Map<string, Address>();
  const addressOf = (name: string): Address => {
    const found = named.get(name) ?? address(name);
    named.set(name, found);
    return found;
  };
  return { ...world, addressOf, list: [world.members, world.studies, world.consents, world.access, world.credit] as const };
}
export type ModelWorld = Awaited<ReturnType<typeof startModelWorld>>;

type Call = { readonly from: Address; readonly to: Contract; readonly name: string; readonly args: readonly unknown[] };

/** A patient's signature over a consent or revocation. Key 0 is the patient's, any other somebody else's. */
async function signature(world: World, primaryType: "Consent" | "Revocation", message: Record<string, unknown>, patient: number, wrong: boolean): Promise<Hex> {
  const hash = hashTypedData({ domain: domain(world), types, primaryType, message } as unknown as Parameters<typeof hashTypedData>[0]);
  return sign({ hash, privateKey: wrong ? key("somebody") : (patients[patient]?.key ?? key("nobody")), to: "hex" });
}

/** The call that an operation stands for, at the moment `now` in which it will run. The model is asked only for what a caller would know. */
async function callOf(world: ModelWorld, model: Model, step: Operation, now: number): Promise<Call> {
  const { studies, consents, access, members } = world;
  const operator = (id: number) => (id >= 1 && id <= 4 ? world.operator(id) : world.stranger);
  const patientOf = (study: number) => model.studies.get(study)?.patient ?? 0;
  const nonce = (study: number, grantee: number, offset: number) => BigInt(Math.abs((model.nonces.get(`${study}/${grantee}`) ?? 0) + offset));
  switch (step.op) {
    case "register":
      return { from: operator(step.by), to: studies, name: "register", args: [studyId(step.study), patients[step.patient]?.address, root(step.root)] };
    case "supersede":
      return { from: operator(step.by), to: studies, name: "supersede", args: [studyId(step.study), step.version, root(step.root)] };
    case "withdraw":
      return { from: operator(step.by), to: studies, name: "withdraw", args: [studyId(step.study), 1] };
    case "grant": {
      const { grantee, purposes } = step;
      const message = { studyId: studyId(step.study), grantee, purposes, notBefore: now + step.from, expiry: now + step.to, creditAccount: world.addressOf(`a${step.account}`), nonce: nonce(step.study, grantee, step.nonce) };
      const signed = await signature(world, "Consent", message, patientOf(step.study), step.key !== 0);
      return { from: operator(step.by), to: consents, name: "grantBySig", args: [message, world.addressOf(`p${patientOf(step.study)}`), signed] };
    }
    case "revoke": {
      const message = { studyId: studyId(step.study), grantee: step.grantee, nonce: nonce(step.study, step.grantee, step.nonce) };
      const signed = await signature(world, "Revocation", message, patientOf(step.study), step.key !== 0);
      return { from: operator(step.by), to: consents, name: "revokeBySig", args: [message, world.addressOf(`p${patientOf(step.study)}`), signed] };
    }
    case "attest":
      return { from: operator(step.by), to: consents, name: "attest", args: [studyId(step.study), step.grantee, step.purposes, now + step.from, now + step.to] };
    case "withdrawAttestation":
      return { from: operator(step.by), to: consents, name: "withdrawAttestation", args: [studyId(step.study), step.grantee] };
    case "request":
      return { from: operator(step.by), to: access, name: "request", args: [requestId(step.request), studyId(step.study), step.purpose] };
    case "deliver":
    case "acknowledge":
      return { from: operator(step.by), to: access, name: step.op, args: [requestId(step.request), root(step.digest)] };
    case "dispute":
      return { from: operator(step.by), to: access, name: "dispute", args: [requestId(step.request), 1] };
    case "expire":
      return { from: operator(step.by), to: access, name: "expire", args: [requestId(step.request)] };
    case "review":
      return { from: step.reviewer ? world.reviewer : world.stranger, to: access, name: "review", args: [requestId(step.request), step.justified, zero32] };
    case "anchor": {
      const last = model.anchors.get(step.by) ?? { root: 0, size: 0 };
      return { from: operator(step.by), to: access, name: "anchorLog", args: [step.detached ? root(99) : root(last.root), root(step.root), last.size + step.more] };
    }
    case "suspend":
    case "reinstate":
    case "expel":
      return { from: step.council ? world.council : world.stranger, to: members, name: step.op, args: [step.member] };
    case "replaceGovernor":
      return { from: step.council ? world.council : world.stranger, to: members, name: "replaceGovernor", args: [step.member, world.addressOf(`n${step.key}`)] };
    case "pause":
    case "resume": {
      const rightful = step.op === "pause" ? world.guardian : world.council;
      return { from: step.right ? rightful : world.stranger, to: world.list[step.contract] ?? world.members, name: step.op, args: [] };
    }
  }
}

/** Does an operation on the chain at a moment. Gives "" or the name of the error it was refused with. */
export async function drive(world: ModelWorld, model: Model, step: Operation, now: number): Promise<string> {
  const { from, to, name, args } = await callOf(world, model, step, now);
  const data = encodeFunctionData({ abi: to.abi, functionName: name, args });
  await world.nextBlockAt(now);
  try {
    await world.rpc.request({ method: "eth_sendTransaction", params: [{ from, to: to.address, data, gas: numberToHex(2_000_000), gasPrice: "0x0" }] });
    return "";
  } catch (error) {
    const answer = revertData(error);
    if (answer === undefined) throw error;
    return decodeErrorResult({ abi: consortiumErrorsAbi, data: answer }).errorName;
  }
}
