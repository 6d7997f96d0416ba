import { z } from "zod";
import { blockHash, contractAddress, host, httpUrl, member, origin, path, port, whole, wsUrl } from "./values.ts";

const keyring = z.strictObject({
  dir: path.describe("Folder of the sealed keyring. Back it up: with it and the chain, everything else can be had again."),
  passphraseFile: path.describe("File holding the passphrase that opens the keyring; one trailing line break is ignored."),
});

const contracts = z.strictObject({
  memberRegistry: contractAddress.describe("Address of the MemberRegistry proxy."),
  studyRegistry: contractAddress.describe("Address of the StudyRegistry proxy."),
  consentRegistry: contractAddress.describe("Address of the ConsentRegistry proxy."),
  accessLedger: contractAddress.describe("Address of the AccessLedger proxy."),
  creditLedger: contractAddress.describe("Address of the CreditLedger proxy."),
  consortiumAuthority: contractAddress.describe("Address of the ConsortiumAuthority."),
  council: contractAddress.nullable().default(null).describe("Address of the Council proxy, where the members decide by vote."),
  timelock: contractAddress.nullable().default(null).describe("Address of the TimelockController between the Council's vote and its effect."),
  guardianPanel: contractAddress.nullable().default(null).describe("Address of the GuardianPanel, on which k of n guardians together stop writes or cancel a proposal."),
});

const chain = z.strictObject({
  endpoint: httpUrl.describe("JSON-RPC URL of this institution's own node."),
  chainId: whole(1, Number.MAX_SAFE_INTEGER).describe("Chain id; the agent stops if the node answers for another chain."),
  genesisHash: blockHash.describe("Hash of block 0; the agent stops if the node has another."),
  contracts: contracts.describe("Where the consortium's contracts are."),
  deployedAtBlock: whole(0, Number.MAX_SAFE_INTEGER).default(0).describe("First block that can hold an event of the contracts; the replay starts here."),
  websocket: wsUrl
    .nullable()
    .default(null)
    .describe("WebSocket URL of the same node, where it has one: new blocks are noticed at once. Only a wake-up; what happened is always read over the endpoint."),
  maxInFlight: whole(1, 4096)
    .default(500)
    .describe("Transactions of this agent's account under way at once, at most. Below it the agent finds out by itself what the node's pool takes of one account (15 % of the pool with Besu's ENTERPRISE profile, a handful with the pool's own default)."),
  admin: httpUrl
    .nullable()
    .default(null)
    .describe("JSON-RPC URL of the node's administration (APIs ADMIN, PERM, ETH, IBFT or QBFT), on loopback or where this agent alone reaches it. With it the agent carries the consortium's membership out on the node."),
  pollMilliseconds: whole(20, 60_000).default(1000).describe("How often the node is asked for a new block, in milliseconds."),
  staleAfterSeconds: whole(1, 86_400).default(60).describe("Age of the newest block, in seconds, from which the agent is not ready and hands over no keys."),
});

const consortium = z.strictObject({
  reconcile: z.boolean().default(true).describe("Whether decided membership is carried out on this institution's systems: allowlist, peers, validator votes. Takes effect where chain.admin is given."),
  everySeconds: whole(1, 3600).default(5).describe("How often what is decided and what is are compared, in seconds."),
  candidateBlocks: whole(1, 1_000_000).default(30).describe("Blocks that a node must follow as a plain node before it gets this member's vote as a validator."),
  stallPeriods: whole(3, 10_000).default(10).describe("Block periods without a block after which the chain counts as standing still, and silent validators are named."),
  staticNodesFile: path.nullable().default(null).describe("The node's static-nodes.json, where the agent can write it; kept as the registry says, so that the node starts after a member has left."),
  permissionsFile: path.nullable().default(null).describe("The node's permissions_config.toml, where the agent can write it: needed to take a node off the list that the chain node was started with as a static node."),
});

const tls = z.strictObject({
  certFile: path.describe("PEM file of the certificate and its chain."),
  keyFile: path.describe("PEM file of the private key."),
});

const clinical = z.strictObject({
  host: host.default("127.0.0.1").describe("Address the clinical listener binds to (DICOMweb, JSON API, portal)."),
  port: port.default(8080).describe("Port of the clinical listener."),
  publicUrl: httpUrl.nullable().default(null).describe("Base URL under which clients reach the listener, where it stands behind a proxy."),
  tls: tls.nullable().default(null).describe("TLS of the clinical listener; leave out where a proxy on the same machine ends TLS."),
  corsOrigins: z.array(origin).max(64).default([]).describe("Origins of browser viewers that may call the API."),
  maxInstanceBytes: whole(1024, 4_294_000_000).default(4_294_000_000).describe("Largest accepted DICOM instance, in bytes."),
});

const peer = z.strictObject({
  host: host.default("0.0.0.0").describe("Address the peer listener binds to (mutual TLS, other members only). Observers have no peer listener."),
  port: port.default(8443).describe("Port of the peer listener."),
  streams: whole(1, 1000).default(8).describe("Streams of blocks served to other members at once; further ones wait by purpose, emergencies never do."),
  maxBytesPerSecond: whole(65_536, Number.MAX_SAFE_INTEGER).nullable().default(null).describe("Bytes per second sent to all members together; no limit when left out."),
  maxBytesPerSecondPerMember: whole(65_536, Number.MAX_SAFE_INTEGER).nullable().default(null).describe("Bytes per second sent to any one member; no limit when left out."),
});

const ops = z.strictObject({
  host: host.default("127.0.0.1").describe("Address the ops listener binds to (/livez, /readyz, /metrics): loopback or cluster-internal only."),
  port: port.default(9464).describe("Port of the ops listener."),
});

const cluster = z.strictObject({
  kuboUrl: httpUrl.default("http://127.0.0.1:5001").describe("Base URL of this institution's own Kubo RPC: on loopback, or where this agent and its cluster peer alone reach it, for it administers the node."),
  url: httpUrl.default("http://127.0.0.1:9094").describe("Base URL of the REST API of this institution's own cluster peer."),
  user: z.string().min(1).max(100).default("agent").describe("Name in the cluster peer's basic_auth_credentials."),
  passwordFile: path.describe("File holding the password that goes with it; one trailing line break is ignored."),
  mostReplicas: whole(1, 32).default(3).describe("Copies made when a study is placed. Above storage.replicas it leaves room: one institution may go before anything must be copied again."),
  serviceFile: path
    .nullable()
    .default(null)
    .describe("The cluster peer's service.json, where the agent can write it: trusted peers and addresses are kept as the registry says, and take effect when the peer is started again."),
  restart: z
    .array(z.string().min(1).max(4096))
    .min(1)
    .max(32)
    .nullable()
    .default(null)
    .describe("Program and arguments that start the cluster peer again, run without a shell as the agent's user, such as [systemctl, restart, ipfs-cluster]. With it a change of trusted peers takes effect by itself, one institution after the other; without it the status says what to do."),
  swarmPort: port.default(4001).describe("Port on which the members' Kubos listen for one another; the registry names their hosts."),
  clusterPort: port.default(9096).describe("Port on which the members' cluster peers listen for one another."),
  folderBytes: whole(0, Number.MAX_SAFE_INTEGER).nullable().default(null).describe("Bytes of studies kept in the agent's own folder beside Kubo, oldest given up first once Kubo keeps them; without it all stay in both."),
});

const storage = z.strictObject({
  engine: z
    .enum(["folder", "cluster"])
    .default("folder")
    .describe("folder: blocks in a folder, copies at other agents; cluster: blocks in a folder first, then in this institution's Kubo, copies by IPFS Cluster."),
  cluster: cluster.nullable().default(null).describe("This institution's Kubo and cluster peer. Required for the engine cluster."),
  replicas: whole(1, 32).default(2).describe("Copies of each study kept in the consortium, this agent's own included."),
  minFreeBytes: whole(0, Number.MAX_SAFE_INTEGER).default(1_073_741_824).describe("Free bytes below which no upload is accepted and the agent is not ready."),
  mostBytesPerMember: whole(0, Number.MAX_SAFE_INTEGER)
    .nullable()
    .default(1_000_000_000_000)
    .describe("Bytes of replicas kept here for one other member at most, measured as they arrive; null for no limit. It holds for the engine folder; in a cluster Kubo's StorageMax bounds what all members together have kept here."),
});

const share = z.strictObject({
  settleSeconds: whole(0, 86_400).default(60).describe("Seconds without a new instance after which a study is taken as complete and shared."),
});

const access = z.strictObject({
  emergencyHoldHours: whole(1, 8760).default(72).describe("Hours a copy fetched by emergency access is kept, at most."),
});

const oidc = z.strictObject({
  issuer: httpUrl.describe("Issuer of accepted bearer tokens, exactly as in their iss claim."),
  audience: z.string().min(1).max(200).describe("Audience that a token must name."),
  jwksUri: httpUrl.describe("URL of the issuer's signing keys (JWKS)."),
  rolesClaim: z.string().min(1).max(100).default("roles").describe("Claim that lists the roles: clinician, patient, auditor, admin."),
});

const identity = z.strictObject({
  accountsFile: path.default("accounts.json").describe("File of the local accounts (names, roles, scrypt hashes)."),
  oidc: oidc.nullable().default(null).describe("The hospital's identity provider, where it has one."),
});

const log = z.strictObject({
  level: z.enum(["debug", "info", "warn", "error"]).default("info").describe("Least severe level that is written."),
});

/** The whole file. Every object is strict; every key carries the sentence that the reference prints. */
export const schema = z
  .strictObject({
    role: z.enum(["hospital", "observer"]).describe("hospital: keeps, shares and fetches studies; observer: reads the record, has no keys and no write path."),
    member: member.describe("This institution's number in MemberRegistry."),
    name: z.string().trim().min(1).max(64).describe("Display name of the institution."),
    dataDir: path.default("data").describe("Folder of everything that can be had again: databases, blocks, journal."),
    keyring: keyring.nullable().default(null).describe("The institution's keys. Required for a hospital, refused for an observer."),
    chain: chain.describe("The consortium's chain."),
    consortium: consortium.prefault({}).describe("How the consortium's membership is carried out here."),
    clinical: clinical.prefault({}).describe("Listener inside the institution."),
    peer: peer.prefault({}).describe("Listener for other members."),
    ops: ops.prefault({}).describe("Listener for operators."),
    storage: storage.prefault({}).describe("How much is kept, and how often."),
    share: share.prefault({}).describe("When a study is shared."),
    access: access.prefault({}).describe("How long fetched copies stay."),
    identity: identity.prefault({}).describe("Who may sign in."),
    log: log.prefault({}).describe("What is logged."),
  })
  .superRefine((config, context) => {
    if (config.role === "hospital" && config.keyring === null)
      context.addIssue({ code: "custom", path: ["keyring"], message: "a hospital needs its keyring: give dir and passphraseFile" });
    if (config.role === "observer" && config.keyring !== null)
      context.addIssue({ code: "custom", path: ["keyring"], message: "an observer has no keys; leave keyring out" });
    if (config.storage.engine === "cluster" && config.storage.cluster === null)
      context.addIssue({ code: "custom", path: ["storage", "cluster"], message: "the engine cluster needs to know its cluster peer: give at least passwordFile" });
    if (config.role === "observer" && config.storage.engine === "cluster")
      context.addIssue({ code: "custom", path: ["storage", "engine"], message: "an observer keeps no blocks; leave it out" });
  });

type DeepReadonly<Value> = Value extends string | number | boolean | null
  ? Value
  : { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> };

/** What the rest of the program receives: complete, checked, frozen, with absolute paths. Holds no secret, so printing it is safe. */
export type Config = DeepReadonly<z.output<typeof schema>>;
export type KeyringConfig = NonNullable<Config["keyring"]>;
