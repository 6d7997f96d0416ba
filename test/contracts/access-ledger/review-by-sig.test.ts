import test from "ava";
import { granted, requestOf, verdict } from "../support/access.ts";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { fresh, purpose, startWorld } from "../support/world.ts";

const w = await startWorld();
const reviewer = w.signer();
await w.send(w.council, w.authority, "grantRole", [3n, reviewer.address, 0]);
reportCoverage(test);

const types = { Review: [{ name: "requestId", type: "bytes32" }, { name: "justified", type: "bool" }, { name: "note", type: "bytes32" }] } as const;
const domain = { name: "Fiducial Access", version: "1", chainId: 20252, verifyingContract: w.access.address };
const message = (requestId: `0x${string}`, justified: boolean) => ({ requestId, justified, note: fresh() });
const sign = (body: ReturnType<typeof message>, by = reviewer) => by.signTypedData({ domain, types, primaryType: "Review", message: body });
const relay = (body: object, signature: string, as: string = reviewer.address, from = w.operator(4)) => w.send(from, w.access, "reviewBySig", [body, as, signature]);

test.serial("a reviewer without an account on the network decides by signature", async (t) => {
  const { id } = await granted(w, 1, 3, purpose.ETREAT);
  const body = message(id, false);
  const sent = await relay(body, await sign(body));
  emitted(t, sent, "AccessReviewed", { requestId: id, accused: 3, reviewer: reviewer.address, justified: false, note: body.note });
  t.is((await requestOf(w, id)).review, verdict.Unjustified);
  await refused(t, "ReviewNotPending", relay(body, await sign(body)));
  t.is(await reviewer.sign({ hash: await w.read(w.access, "hashReview", [body]) }), await sign(body));
});

test.serial("what was signed cannot be changed, and only a reviewer's signature counts", async (t) => {
  const { id } = await granted(w, 1, 2, purpose.ETREAT);
  const body = message(id, true);
  t.deepEqual(await refused(t, "SignatureInvalid", relay({ ...body, justified: false }, await sign(body))), [id]);
  const nobody = w.signer();
  t.deepEqual(await refused(t, "SignerNotReviewer", relay(body, await sign(body, nobody), nobody.address)), [nobody.address]);
  await refused(t, "SignatureInvalid", relay(body, await sign(body, nobody)));
  await refused(t, "CallerNotActiveHospital", relay(body, await sign(body), reviewer.address, w.stranger));
  await w.pause(w.access);
  await refused(t, "WritesArePaused", relay(body, await sign(body)));
});
