import test from "ava";
import { parse } from "yaml";
import { besuFiles } from "../../../network/compose/besu-service.ts";
import { composeAddresses, type ComposeFile, composeFile, composeText, nothingPublished, type Published, secretFiles } from "../../../network/compose/compose.ts";
import { ipfsSecretTexts } from "../../../network/compose/ipfs-services.ts";
import { besuOf, hasIpfs } from "../../../network/compose/names.ts";
import type { ComposeService } from "../../../network/compose/service.ts";
import { nodesOf } from "../../../network/consortium-file.ts";
import { consortiumGenesis } from "../../../network/genesis/of-consortium.ts";
import { someConsortia, someIdentities } from "./consortia.ts";

const published: Published = { agent: ({ id }) => ({ clinical: 8000 + id, ops: 9000 + id }), rpc: ({ name }) => 18_000 + name.length };
const made = Object.entries(someConsortia()).map(([shape, consortium]) => ({ shape, consortium, file: composeFile({ consortium, project: "pilot", published }) }));
const services = made.flatMap(({ shape, file }) => Object.entries(file.services).map(([name, service]) => ({ where: `${shape}: ${name}`, name, service, file })));

test("every service runs as a numbered user without power, on a root that cannot be written", (t) => {
  t.true(services.length > 40);
  for (const { where, service } of services) {
    t.regex(service.user, /^[1-9]\d*:[1-9]\d*$/u, where);
    t.deepEqual(service.cap_drop, ["ALL"], where);
    t.deepEqual(service.security_opt, ["no-new-privileges:true"], where);
    t.true(service.read_only, where);
    for (const key of ["privileged", "cap_add", "devices", "pid", "ipc", "userns_mode", "volumes_from", "extra_hosts"]) t.false(key in service, `${where}: ${key}`);
    t.true(service.network_mode === "none" || (service.network_mode === undefined && Object.keys(service.networks ?? {}).length === 2), where);
  }
});

test("memory, processor time, processes, logs and /tmp are bounded for every service", (t) => {
  for (const { where, service } of services) {
    t.true(Number.parseInt(service.mem_limit, 10) >= 256, where);
    t.regex(service.mem_limit, /^\d+m$/u, where);
    t.true(service.cpus > 0 && service.cpus <= 4 && service.pids_limit > 0 && service.pids_limit <= 1024, where);
    t.deepEqual(service.logging.options, { "max-size": "10m", "max-file": "5" }, where);
    t.is(service.tmpfs.length, 1, where);
    t.regex(service.tmpfs[0] ?? "", /^\/tmp:(?:no)?exec,nosuid,nodev,mode=1777,size=\d+m$/u, where);
    t.is(service.tmpfs[0]?.includes(":exec") ?? false, service.image.includes("/besu:"), `${where}: Besu alone runs libraries from /tmp`);
  }
});

test("every image is named by digest", (t) => {
  for (const { where, service } of services) t.regex(service.image, /(?:^|@)sha256:[0-9a-f]{64}$/u, where);
});

test("every service that stays tells whether it is healthy, is waited for, and comes back after a crash", (t) => {
  for (const { where, name, service, file } of services) {
    if (service.restart === "no") {
      t.true(name.endsWith("-prepare"), where);
      continue;
    }
    t.is(service.restart, "unless-stopped", where);
    t.true("test" in service.healthcheck && service.healthcheck.test[0] === "CMD" && service.healthcheck.test.length > 2, where);
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      const target = file.services[other];
      t.truthy(target, `${where} waits for ${other}`);
      t.is(condition, target?.restart === "no" ? "service_completed_successfully" : "service_healthy", where);
    }
  }
});

/** A port as published: on loopback, and leading to a port that is meant to be reached. */
const port = /^127\.0\.0\.1:(\d+):(\d+)$/u;

test("ports are published on loopback only: clinical and ops of agents, JSON-RPC of nodes, nothing else and nothing unasked", (t) => {
  for (const { where, name, service } of services) {
    const inside = (service.ports ?? []).map((text) => Number(port.exec(text)?.[2] ?? Number.NaN));
    const intended = name.endsWith("-agent") ? [8080, 9464] : name.endsWith("-besu") ? [name.includes("follower") ? 9545 : 8545] : [];
    t.deepEqual(inside, intended, where);
  }
  for (const { shape, consortium } of made)
    for (const [name, service] of Object.entries(composeFile({ consortium, project: "p", published: nothingPublished }).services)) t.is(service.ports, undefined, `${shape}: ${name}`);
});

test("what members share has no way out, and nobody is on another member's own network", (t) => {
  for (const { shape, file } of made) {
    t.true(file.networks["consortium"]?.internal, shape);
    const addresses = Object.values(file.services).flatMap(({ networks = {} }) => Object.values(networks).map((one) => one.ipv4_address));
    const gateways = Object.values(file.networks).map(({ ipam }) => ipam.config[0]?.gateway ?? "");
    t.is(new Set([...addresses, ...gateways]).size, addresses.length + gateways.length, `${shape}: every address is somebody's alone`);
    for (const { consortium } of made.filter((one) => one.shape === shape))
      for (const member of consortium.members) {
        const own = `member-${member.id}`;
        const there = Object.entries(file.services).filter(([, { networks = {} }]) => own in networks);
        for (const [name] of there) t.true(name.startsWith(`${own}-`) || member.nodes.some((node) => name.startsWith(`${node.name}-`)), `${shape}: ${name} on ${own}`);
      }
  }
});

const mounted = ({ volumes = [] }: ComposeService, type: string) => volumes.filter((one) => one.type === type);

test("state is in named volumes, configuration is mounted read-only, and both are declared", (t) => {
  for (const { where, service, file } of services) {
    for (const one of mounted(service, "volume")) t.true(one.source in file.volumes, `${where}: ${one.source}`);
    for (const one of mounted(service, "bind")) {
      t.true(one.read_only, where);
      t.regex(one.source, /^\.\/config\/[a-z0-9-]+$/u, where);
    }
  }
  for (const { shape, file } of made) {
    const used = new Set(Object.values(file.services).flatMap((service) => mounted(service, "volume").map(({ source }) => source)));
    t.deepEqual(Object.keys(file.volumes).sort(), [...used].sort(), `${shape}: none is left over`);
  }
});

test("secrets are files, each read by one container, and known to the one who lays them out", (t) => {
  for (const { shape, consortium, file } of made) {
    const readers = Object.values(file.services).flatMap(({ secrets = [] }) => secrets.map(({ source }) => source));
    t.deepEqual([...readers].sort(), Object.keys(file.secrets).sort(), `${shape}: no secret has two readers or none`);
    for (const [name, { file: path }] of Object.entries(file.secrets)) t.is(path, `./secrets/${name}`);
    const owners = new Map(secretFiles(consortium).map(({ name, owner }) => [name, owner as string]));
    for (const { user, secrets = [] } of Object.values(file.services)) for (const { source } of secrets) t.is(owners.get(source), user, `${shape}: ${source} belongs to the user that reads it`);
    for (const [name, { environment = {} }] of Object.entries(file.services))
      for (const key of Object.keys(environment)) t.notRegex(key, /pass|secret|key|token/iu, `${shape}: ${name}`);
  }
});

test("no secret is in the compose file or in the configuration beside it", (t) => {
  const shape = "with IPFS beside the hospitals' nodes";
  const consortium = someConsortia()[shape];
  if (consortium === undefined) throw new Error(shape);
  const addresses = composeAddresses(consortium);
  const file: ComposeFile = composeFile({ consortium, project: "pilot", published });
  const shared = { swarmKey: "a".repeat(64), clusterSecret: "b".repeat(64) };
  const genesis = consortiumGenesis(consortium);
  let open = composeText(file);
  const secrets: string[] = [...Object.values(shared)];
  for (const { member, node } of nodesOf(consortium)) {
    open += Object.values(besuFiles({ consortium, addresses, member, node, genesis })).join("\n");
    if (!hasIpfs(node)) continue;
    const identities = someIdentities(node.name);
    const keys = { ...identities, ...shared, restPassword: `password of ${node.name}` };
    const texts = ipfsSecretTexts({ consortium, addresses, member, node }, keys);
    for (const name of Object.keys(texts)) t.true(name in file.secrets, name);
    secrets.push(identities.kubo.privateKey, identities.cluster.privateKey, keys.restPassword);
    t.true(Object.values(texts).join("").includes(keys.restPassword));
  }
  t.true(secrets.length > 10);
  for (const secret of secrets) t.false(open.includes(secret));
});

test("a node's administration is bound to its member's own network, whatever its image says", (t) => {
  for (const { shape, consortium, file } of made) {
    const addresses = composeAddresses(consortium);
    for (const { member, node } of nodesOf(consortium)) {
      const own = addresses.own(member, besuOf(node));
      const toml = besuFiles({ consortium, addresses, member, node, genesis: consortiumGenesis(consortium) })[`config/${node.name}/besu.toml`] ?? "";
      t.true(toml.includes(`rpc-http-host="${own}"`) && toml.includes(`metrics-host="${own}"`) && toml.includes(`p2p-interface="${node.host}"`), shape);
      const { environment, networks } = file.services[besuOf(node)] ?? {};
      t.is(environment?.["BESU_RPC_HTTP_HOST"], own, `${shape}: the image's own setting would bind it to everything`);
      t.is(environment?.["BESU_RPC_WS_HOST"], own, shape);
      t.deepEqual(networks, { [`member-${member.id}`]: { ipv4_address: own }, consortium: { ipv4_address: node.host } }, shape);
      t.notRegex(toml, /0\.0\.0\.0/u, shape);
    }
  }
});

test("the text says the same as the value, twice alike, and no anchor stands between a reader and it", (t) => {
  for (const { shape, consortium, file } of made) {
    const text = composeText(file);
    t.deepEqual(parse(text), JSON.parse(JSON.stringify(file)), shape);
    t.is(composeText(composeFile({ consortium, project: "pilot", published })), text, shape);
    t.notRegex(text, /^\s*[\w-]+: [&*]\w/mu, shape);
  }
});
