import { randomBytes } from "node:crypto";
import { access, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { nodeKeyOf } from "../../../../network/besu/node-key.ts";
import { readSecret } from "../../config/secret.ts";
import { type HospitalKeyring, openKeyring } from "../../envelope/keyring.ts";
import { fault, isFault } from "../../model/fault.ts";
import type { Address } from "../../model/ids.ts";
import { createFirstKeys } from "../agent/first-keys.ts";
import { readJson, writeNew, writeWhole } from "../files.ts";
import { type Application, readApplication } from "./bundle-format.ts";

/** Where everything of a joining institution lies. */
export const placesIn = (dir: string) => ({
  config: join(dir, "agent.yaml"),
  keyring: join(dir, "keyring"),
  passphrase: join(dir, "passphrase"),
  governor: join(dir, "governor.key"),
  application: join(dir, "application.json"),
  bundle: join(dir, "bundle.json"),
  node: join(dir, "node"),
  nodeKey: join(dir, "node", "key"),
  ipfs: join(dir, "ipfs"),
});
export type Places = ReturnType<typeof placesIn>;

export type Applicant = { readonly name: string; readonly endpoint: string; readonly nodeHost: string; readonly nodePort: number };

export const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** A file's content, made at the first time and kept from then on. */
export async function kept(file: string, make: () => string): Promise<string> {
  try {
    await writeNew(file, make());
  } catch (error) {
    if (!isFault(error, "CONFIG_EXISTS")) throw error;
  }
  return (await readFile(file, "utf8")).trim();
}

export async function keyringIn(places: Places): Promise<HospitalKeyring> {
  const passphrase = await readSecret("passphrase", places.passphrase);
  const keyring = await openKeyring(places.keyring, passphrase);
  passphrase.fill(0);
  if (keyring.role !== "hospital") throw fault("KEYRING_MALFORMED", { what: "it is an observer's" });
  return keyring;
}

/** The governor's address and key; whoever holds this file speaks for the institution, so it belongs off this machine once it has joined. */
export async function governorIn(places: Places): Promise<{ readonly key: Buffer; readonly address: Address }> {
  const { createSigner } = await import("../../ledger/sign.ts");
  const key = Buffer.from((await readSecret("governor.key", places.governor)).toString("utf8").trim().replace(/^0x/u, ""), "hex");
  return { key, address: createSigner(key, 1).address };
}

/**
 * Makes what is not there yet: keyring under a random passphrase, governor's key, node key; and the application, which is made anew when name or addresses
 * were changed. Nothing that holds a key is ever overwritten. Throws CLI_USAGE when a first application lacks something.
 */
export async function makeKeys(places: Places, dir: string, given: Partial<Applicant>): Promise<Application> {
  await mkdir(places.node, { recursive: true, mode: 0o700 });
  const before = (await exists(places.application)) ? readApplication(await readJson(places.application)) : null;
  const [nodeHost, nodePort] = before === null ? [undefined, undefined] : hostOf(before.enode);
  const name = given.name ?? before?.admission.displayName;
  const endpoint = given.endpoint ?? before?.admission.endpoint;
  const host = given.nodeHost ?? nodeHost;
  if (name === undefined || endpoint === undefined || host === undefined) throw fault("CLI_USAGE", { why: "the first time this command needs --name, --endpoint and --node-host" });
  if (!(await exists(join(places.keyring, "keyring.sealed")))) await createFirstKeys(dir, name);
  await kept(places.governor, () => `0x${randomBytes(32).toString("hex")}\n`);
  const node = nodeKeyOf(await kept(places.nodeKey, () => randomBytes(32).toString("hex")));
  const keyring = await keyringIn(places);
  const { createSigner } = await import("../../ledger/sign.ts");
  const operator = createSigner(Buffer.from(keyring.operatorKey.slice(2), "hex"), 1).address;
  const application: Application = readApplication({
    format: "fiducial application 1",
    admission: { kind: "hospital", displayName: name, endpoint, operator, openpgpSha256: keyring.identity.certificate.digest, spkiSha256: keyring.tls.spkiSha256 },
    governor: (await governorIn(places)).address,
    certificate: Buffer.from(keyring.identity.certificate.binary).toString("base64"),
    enode: `enode://${node.publicKey}@${host}:${given.nodePort ?? nodePort ?? 30_303}`,
  });
  await writeWhole(places.application, `${JSON.stringify(application, null, 2)}\n`);
  return application;
}

const hostOf = (enode: string): [string, number] => {
  const url = new URL(enode.replace(/^enode/u, "http"));
  return [url.hostname.replace(/^\[|\]$/gu, ""), Number(url.port)];
};
