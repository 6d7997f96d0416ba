import { acknowledged, ask, delivered, granted } from "./access.ts";
import { consentFor, grant, revoke, signConsent } from "./consents.ts";
import { fresh, purpose, zero32, type World } from "./world.ts";

/** One figure: the gas of a transaction, and how many records it wrote. */
type Figure = readonly [operation: string, gas: number];

async function registerBatch(world: World, size: number): Promise<number> {
  const list = Array.from({ length: size }, () => ({ id: fresh(), patient: world.signer().address, root: fresh() }));
  const args = [list.map(({ id }) => id), list.map(({ patient }) => patient), list.map(({ root }) => root)];
  const { gas } = await world.send(world.operator(1), world.studies, "registerBatch", args);
  return Math.round(gas / size);
}

async function grantBatch(world: World, size: number): Promise<number> {
  const study = await world.register(1);
  const messages = await Promise.all(Array.from({ length: size }, (_item, index) => consentFor(world, study, { grantee: 10 + index })));
  const signatures = await Promise.all(messages.map((message) => signConsent(world, message, study.patient)));
  const args = [messages, messages.map(() => study.patient.address), signatures];
  return Math.round((await world.send(world.operator(1), world.consents, "grantBatchBySig", args)).gas / size);
}

/** Gas of every operation in steady state: every counter already non-zero, every record that an operation makes new, new. */
export async function measureGas(world: World): Promise<Record<string, number>> {
  await acknowledged(world, 1, 2);
  const figures: Figure[] = [];
  const register = await world.send(world.operator(1), world.studies, "register", [fresh(), world.signer().address, fresh()]);
  figures.push(["study: register", register.gas]);
  figures.push(["study: register, each of a batch of 10", await registerBatch(world, 10)]);
  figures.push(["study: register, each of a batch of 200", await registerBatch(world, 200)]);
  const study = await world.register(1);
  figures.push(["study: supersede", (await world.send(world.operator(1), world.studies, "supersede", [study.id, 1, fresh()])).gas]);
  figures.push(["consent: first grant to an institution", (await grant(world, study, { grantee: 2 })).gas]);
  figures.push(["consent: grant again", (await grant(world, study, { grantee: 2 })).gas]);
  figures.push(["consent: first grant, each of a batch of 10", await grantBatch(world, 10)]);
  figures.push(["consent: revoke", (await revoke(world, study, 2)).gas]);
  const other = await world.register(1);
  figures.push(["request: denied", (await ask(world, other.id, 2)).sent.gas]);
  await grant(world, other, { grantee: 2 });
  const asked = await ask(world, other.id, 2);
  figures.push(["request: granted, TREAT", asked.sent.gas]);
  figures.push(["request: granted, ETREAT", (await ask(world, other.id, 2, purpose.ETREAT)).sent.gas]);
  const pending = await granted(world, 1, 2);
  figures.push(["deliver", (await world.send(world.operator(1), world.access, "deliver", [pending.id, fresh()])).gas]);
  const { id } = await delivered(world, 1, 2);
  figures.push(["acknowledge", (await world.send(world.operator(2), world.access, "acknowledge", [id, fresh()])).gas]);
  const root = fresh();
  await world.send(world.operator(1), world.access, "anchorLog", [zero32, root, 1]);
  figures.push(["anchor a log", (await world.send(world.operator(1), world.access, "anchorLog", [root, fresh(), 2])).gas]);
  return Object.fromEntries(figures);
}
