import type { Config } from "../../config/schema.ts";
import type { Keyring } from "../../envelope/keyring.ts";
import type { MemberView } from "../../model/ledger-views.ts";
import { fail, failure, type Finding, ok, warn } from "./finding.ts";
import type { Chain } from "./check-chain.ts";

/** Whether MemberRegistry says of this institution what its keyring and configuration say. */
export async function checkRegistry(config: Config, { reader }: Chain, keyring: Keyring | null): Promise<{ readonly findings: Finding[]; readonly members: readonly MemberView[] }> {
  let members: MemberView[];
  try {
    members = await reader.members();
  } catch (error) {
    return { findings: [failure("registry", error)], members: [] };
  }
  const self = members.find(({ id }) => id === config.member);
  if (self === undefined)
    return { findings: [fail("registry", `member ${config.member} was never admitted`, "Correct member, or ask the consortium for your admission.")], members };
  const findings: Finding[] = [];
  if (self.status !== "active") findings.push(fail("registry", `member ${config.member} is ${self.status}`, "Ask the consortium; until then nothing can be written or fetched."));
  if (self.kind !== config.role) findings.push(fail("registry", `member ${config.member} is registered as ${self.kind}, the configuration says ${config.role}`, "Correct role or member."));
  if (keyring?.role === "hospital") {
    findings.push(...(await keyFindings(self, keyring)));
    if (!self.profile.endpoint.startsWith("https://")) findings.push(fail("registered endpoint", "no https endpoint is registered", "Register the URL under which members reach your peer listener (setProfile)."));
  }
  if (self.profile.displayName !== config.name) findings.push(warn("registry", `the registered name is ${self.profile.displayName}`, "Correct name, or the profile."));
  if (findings.length === 0) findings.push(ok("registry", `member ${self.id}, ${self.profile.displayName}, active; keys and operator as registered`));
  return { findings, members };
}

async function keyFindings(self: MemberView, keyring: Extract<Keyring, { role: "hospital" }>): Promise<Finding[]> {
  const { createSigner } = await import("../../ledger/sign.ts");
  const { address } = createSigner(Buffer.from(keyring.operatorKey.slice(2), "hex"), 1);
  const mend = "If the keyring was replaced, register the new key (setProfile, addOperator); if not, this is another institution's keyring.";
  return [
    ...(self.profile.spkiSha256 === keyring.tls.spkiSha256 ? [] : [fail("registered TLS key", `the keyring's is ${keyring.tls.spkiSha256}, registered is ${self.profile.spkiSha256}`, mend)]),
    ...(self.profile.openpgpSha256 === keyring.identity.certificate.digest ? [] : [fail("registered OpenPGP certificate", `the keyring's is ${keyring.identity.certificate.digest}, registered is ${self.profile.openpgpSha256}`, mend)]),
    ...(self.operators.includes(address) ? [] : [fail("registered operator", `${address} is not among this member's operators`, mend)]),
  ];
}
