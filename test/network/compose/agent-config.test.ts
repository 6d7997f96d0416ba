import test from "ava";
import { agentConfig, agentPorts, isFound } from "../../../network/compose/agent-service.ts";
import { composeAddresses, composeFile, nothingPublished } from "../../../network/compose/compose.ts";
import { agentOf } from "../../../network/compose/names.ts";
import { schema } from "../../../node-agent/src/config/schema.ts";
import { someConsortia } from "./consortia.ts";

const address = (at: number) => `0x${String(at).repeat(40)}`;
const deployed = {
  chainId: 20_252,
  genesisHash: `0x${"11".repeat(32)}`,
  deployedAtBlock: 3,
  contracts: { memberRegistry: address(1), studyRegistry: address(2), consentRegistry: address(3), accessLedger: address(4), creditLedger: address(5), consortiumAuthority: address(6), council: address(7), timelock: address(8) },
};

for (const [shape, consortium] of Object.entries(someConsortia()))
  test(`an agent takes the configuration made for it: ${shape}`, (t) => {
    const addresses = composeAddresses(consortium);
    const { services } = composeFile({ consortium, project: "p", published: nothingPublished });
    for (const member of consortium.members) {
      if (member.nodes.length === 0) {
        t.throws(() => agentConfig(member, addresses, deployed), { instanceOf: TypeError });
        t.false(agentOf(member) in services, "no agent without a node");
        continue;
      }
      const config = schema.parse(agentConfig(member, addresses, deployed));
      t.is(config.role, member.kind);
      const own = addresses.own(member, agentOf(member));
      t.is(config.clinical.host, own, "people and monitoring are the member's own");
      t.is(config.ops.host, own);
      if (member.kind === "hospital") {
        const { hostname, port } = new URL(member.profile.endpoint);
        t.is(String(config.peer.port), port, "where the others look for it");
        t.true(isFound(member, addresses));
        t.deepEqual(services[agentOf(member)]?.networks?.["consortium"]?.aliases, [hostname], "and under that name");
        t.false(isFound({ ...member, profile: { ...member.profile, endpoint: "https://172.29.1.1:8443" } }, addresses));
        t.true(isFound({ ...member, profile: { ...member.profile, endpoint: `https://${addresses.shared(agentOf(member))}:8443` } }, addresses));
      }
      if (member.kind === "hospital") t.is(config.peer.host, addresses.shared(agentOf(member)), "peers come from the shared network");
      const { secrets = [], volumes = [] } = services[agentOf(member)] ?? {};
      const files = [config.keyring?.passphraseFile, config.storage.cluster?.passwordFile].filter((file) => file !== undefined);
      for (const file of files) t.true(secrets.some(({ target }) => target === file), `${file} is mounted`);
      for (const folder of [config.dataDir, config.identity.accountsFile, config.consortium.permissionsFile ?? ""]) t.true(volumes.some(({ type, target }) => type === "volume" && folder.startsWith(target)), `${folder} lasts`);
      t.is(config.clinical.port, agentPorts.clinical);
    }
  });
