import { isNodeId } from "../besu/node-key.ts";
import { type Finding, finding, type NodeConfiguration } from "./finding.ts";

type Enode = { readonly key: string; readonly host: string; readonly port: string };

function readEnode(text: string): Enode | null {
  const [, key = "", host = "", port = ""] = /^enode:\/\/([0-9a-fA-F]{128})@([^@/?]+):(\d{1,5})(?:\?.*)?$/u.exec(text) ?? [];
  return key === "" ? null : { key: key.toLowerCase(), host, port };
}

const short = (text: string) => (text.length > 40 ? `${text.slice(0, 24)}...${text.slice(-22)}` : text);

function* enodeFindings(list: string, entries: readonly string[], dns: boolean): Generator<Finding> {
  for (const entry of entries) {
    const enode = readEnode(entry);
    if (enode === null) yield finding("enode-form", "refused", `${list}: ${short(entry)} is no enode URL`);
    else if (!isNodeId(enode.key)) yield finding("enode-key", "risky", `${list}: the key of ${short(entry)} is no point of secp256k1; nobody can hold it`);
    else if (enode.host.includes(":")) yield finding("enode-ipv6", "risky", `${list}: ${short(entry)} has an IPv6 address, which the allowlist does not match`);
    else if (!/^\d{1,3}(?:\.\d{1,3}){3}$/u.test(enode.host)) {
      if (dns) yield finding("enode-dns", "risky", `${list}: ${short(entry)} has a name; one that does not resolve at start stays wrong until a restart`);
      else yield finding("enode-dns", "refused", `${list}: ${short(entry)} has a name; write the IPv4 address`);
    }
  }
}

/** What is wrong between static nodes, allowlists and the options that name them. */
export function* peerFindings({ options, staticNodes, permissions }: NodeConfiguration): Generator<Finding> {
  const dns = options["Xdns-enabled"] === true;
  const nodesOn = options["permissions-nodes-config-file-enabled"] === true;
  const accountsOn = options["permissions-accounts-config-file-enabled"] === true;
  if (!nodesOn) yield finding("no-allowlist", "risky", "permissions-nodes-config-file-enabled is off: anybody who reaches the port becomes a peer");
  if (options["static-nodes-file"] !== undefined && staticNodes === null) yield finding("static-file", "refused", "the static nodes file is missing or not a list of enodes");
  yield* enodeFindings("static nodes", staticNodes ?? [], dns);
  if (!nodesOn && !accountsOn) return;
  if (permissions === null) {
    yield finding("permissions-file", "refused", "the permissions file is missing or cannot be read");
    return;
  }
  if (nodesOn && permissions.nodes === null) yield finding("permissions-nodes", "refused", "the permissions file has no nodes-allowlist");
  if (accountsOn && permissions.accounts === null) yield finding("permissions-accounts", "refused", "the permissions file has no accounts-allowlist");
  for (const account of permissions.accounts ?? []) if (!/^0x[0-9a-fA-F]{40}$/u.test(account)) yield finding("account-form", "refused", `accounts-allowlist: ${short(account)} is no address`);
  yield* enodeFindings("nodes-allowlist", permissions.nodes ?? [], dns);
  if (!nodesOn || permissions.nodes === null) return;
  // Besu compares address and port, not the key (26.4.0 and later).
  const place = (entry: string) => {
    const enode = readEnode(entry);
    return enode === null ? entry : `${enode.host}:${enode.port}`;
  };
  const allowed = new Set(permissions.nodes.map(place));
  for (const entry of staticNodes ?? []) if (!allowed.has(place(entry))) yield finding("static-not-allowed", "refused", `the static node ${short(entry)} is not in nodes-allowlist`);
}
