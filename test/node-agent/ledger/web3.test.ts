import test from "ava";
import { Web3 } from "web3";
import { memberRegistryAbi, studyRegistryAbi } from "../../../node-agent/src/ledger/abi.generated.ts";
import { memberId } from "../../../node-agent/src/model/ids.ts";
import { addressOf, type Consortium, newAccount, newDigest, newStudy, startConsortium } from "./consortium.ts";

/** Anybody's web3 client, given the addresses and the generated ABIs, must read from the chain what the agent's own reader reads. */
let consortium: Consortium;
test.before(async () => {
  consortium = await startConsortium();
});
test.after.always(() => consortium.close());

test("web3's contract façade and the ledger reader agree", async (t) => {
  const { chain, config, reader, a } = consortium;
  const study = newStudy();
  const patient = addressOf(newAccount());
  const root = newDigest();
  await a.submit(`register:${study}`, { kind: "registerStudy", study, patient, root });

  const web3 = new Web3(new Web3.providers.HttpProvider(chain.url));
  t.is(Number(await web3.eth.getChainId()), config.chainId);
  const members = new web3.eth.Contract(memberRegistryAbi, config.contracts.memberRegistry);
  const ours = await reader.members();
  t.is(Number(await members.methods["memberCount"]?.().call()), ours.length);
  const profile = (await members.methods["profile"]?.(1).call()) as { displayName: string; endpoint: string };
  const one = await reader.member(memberId(1));
  t.is(profile.displayName, one?.profile.displayName ?? "");
  t.is(profile.endpoint, one?.profile.endpoint ?? "");

  const studies = new web3.eth.Contract(studyRegistryAbi, config.contracts.studyRegistry);
  const theirs = (await studies.methods["study"]?.(study).call()) as { custodian: bigint; patient: string; root: string; version: bigint };
  const mine = await reader.study(study);
  t.deepEqual(
    { custodian: Number(theirs.custodian), patient: theirs.patient.toLowerCase(), root: theirs.root, version: Number(theirs.version) },
    { custodian: Number(mine?.custodian), patient: String(mine?.patient), root: String(mine?.root), version: Number(mine?.version) },
  );
  const logs = await studies.getPastEvents("StudyRegistered", { fromBlock: 0, toBlock: "latest" });
  t.is(logs.length, 1);
});
