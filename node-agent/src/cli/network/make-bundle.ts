import type { Command } from "commander";
import { loadConfig } from "../../config/load.ts";
import { readSecret } from "../../config/secret.ts";
import { enodeUrl } from "../../consortium/enode.ts";
import { rosterOf } from "../../consortium/roster.ts";
import { fault } from "../../model/fault.ts";
import { genesisHashOf, readGenesis } from "../../proof/genesis.ts";
import { signTypedData } from "../../wallet/sign.ts";
import { contextOf } from "../context.ts";
import { readJson, writeNew } from "../files.ts";
import type { Io } from "../io.ts";
import { textOf, withRegistry } from "../registry-session.ts";
import { type BundleContent, bundleDocument, readApplication, readBundle } from "./bundle-format.ts";

type Options = { readonly config: string; readonly for: string; readonly genesis: string; readonly out: string; readonly swarmKey?: string; readonly clusterSecret?: string };

const examples = `
Example:
  fiducial network bundle --config agent.yaml --for application.json --genesis genesis.json --swarm-key swarm.key --cluster-secret secret --out bundle.json

Looks at your own node for the chain and its members, and signs with your operator key. IPFS secrets are sealed for the certificate in the application: compare its
digest with the applicant by telephone before you hand the bundle over.
`;

/** `fiducial network bundle` */
export function registerBundle(network: Command, io: Io): void {
  network
    .command("bundle")
    .description("make what an institution needs in order to join, signed by this member")
    .requiredOption("--config <file>", "this member's agent configuration")
    .requiredOption("--for <file>", "the applicant's application.json, from `fiducial network join`")
    .requiredOption("--genesis <file>", "the consortium's genesis file")
    .requiredOption("--out <file>", "where the bundle goes; nothing is overwritten")
    .option("--swarm-key <file>", "the private IPFS swarm's key")
    .option("--cluster-secret <file>", "the IPFS cluster's secret")
    .addHelpText("after", examples)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const application = readApplication(await readJson(options.for));
      const made = await makeBundle(options, application, context.signal);
      await writeNew(options.out, `${JSON.stringify(made, null, 2)}\n`);
      const { content } = made;
      context.result({ file: options.out, signedBy: content.madeBy, certificate: application.admission.openpgpSha256, ipfs: content.ipfs !== null }, () =>
        [
          `Written to ${options.out}, signed by member ${content.madeBy.member} (${content.madeBy.operator}).`,
          content.ipfs === null ? "It holds no IPFS secrets." : `IPFS secrets are sealed for the certificate ${application.admission.openpgpSha256}.`,
          `Its signature is worth what that comparison is worth: tell the applicant ${content.madeBy.operator} by telephone.`,
          "Next: propose the admission, and let the others vote:",
          `  fiducial member propose admit --admission ${options.for} --governor ${application.governor} --why "..." --key-file governor.key`,
        ].join("\n"),
      );
    });
}

async function sealedSecrets({ swarmKey, clusterSecret }: Options, application: ReturnType<typeof readApplication>): Promise<BundleContent["ipfs"]> {
  if (swarmKey === undefined && clusterSecret === undefined) return null;
  const { readCertificate } = await import("../../envelope/certificate.ts");
  const { sealNote } = await import("../../envelope/sealed-note.ts");
  const certificate = await readCertificate(Buffer.from(application.certificate, "base64"));
  if (certificate.digest !== application.admission.openpgpSha256) throw fault("NETWORK_BUNDLE_UNFIT", { why: "the application's certificate is not the one it names for admission" });
  const secrets = { ...(swarmKey === undefined ? {} : { swarmKey: await textOf(swarmKey) }), ...(clusterSecret === undefined ? {} : { clusterSecret: (await textOf(clusterSecret)).trim() }) };
  return { sealedFor: certificate.digest, sealed: (await sealNote(Buffer.from(JSON.stringify(secrets)), certificate)).toString("base64") };
}

async function makeBundle(options: Options, application: ReturnType<typeof readApplication>, signal: AbortSignal) {
  const config = await loadConfig(options.config);
  if (config.keyring === null) throw fault("FLOW_NOT_ON_OBSERVER", {});
  const genesis = await readJson(options.genesis);
  const actual = genesisHashOf(readGenesis(genesis));
  if (actual !== config.chain.genesisHash) throw fault("NETWORK_BUNDLE_UNFIT", { why: `${options.genesis} has the hash ${actual}, this consortium's is ${config.chain.genesisHash}` });
  const { openKeyring } = await import("../../envelope/keyring.ts");
  const { createSigner } = await import("../../ledger/sign.ts");
  const passphrase = await readSecret("keyring.passphraseFile", config.keyring.passphraseFile);
  const keyring = await openKeyring(config.keyring.dir, passphrase);
  passphrase.fill(0);
  if (keyring.role !== "hospital") throw fault("KEYRING_MALFORMED", { what: "it is an observer's" });
  const key = Buffer.from(keyring.operatorKey.slice(2), "hex");
  const ipfs = await sealedSecrets(options, application);
  return await withRegistry(options.config, signal, async ({ reader, self }) => {
    const us = await self();
    const operator = createSigner(key, config.chain.chainId).address;
    if (us.status !== "active" || !us.operators.includes(operator)) throw fault("NETWORK_BUNDLE_UNFIT", { why: "this agent's key is not an operator of an active member: nobody could trust its signature" });
    const members = (await reader.members()).filter(({ status }) => status === "active");
    const head = await reader.head();
    const content: BundleContent = {
      format: "fiducial bundle 1",
      chainId: config.chain.chainId,
      genesisHash: config.chain.genesisHash,
      genesis: genesis as Record<string, unknown>,
      recentBlock: { number: head.number, hash: head.hash, timestamp: head.timestamp },
      enodes: [...rosterOf({ members }).nodes.values()].map(enodeUrl),
      contracts: config.chain.contracts,
      deployedAtBlock: config.chain.deployedAtBlock,
      members: members.filter(({ kind }) => kind === "hospital").map(({ id, profile }) => ({ id, ...profile })),
      ipfs,
      madeBy: { member: config.member, operator },
    };
    // Read back as the joiner will read it, before anybody is given it.
    const made = readBundle(JSON.parse(JSON.stringify({ content, signature: signTypedData(bundleDocument(content), key) })) as unknown);
    key.fill(0);
    return made;
  });
}
