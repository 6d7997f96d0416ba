import test from "ava";
import { peerIdentity } from "../../../network/ipfs/peer-identity.ts";
import { swarmKeyFile } from "../../../network/ipfs/swarm-key.ts";

test("an identity is the specification's: its example of an Ed25519 key, and a peer id that names the public key", (t) => {
  // libp2p specification, peer ids, test vectors: the private key message in hex.
  const message = "080112407e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";
  const seed = Buffer.from(message.slice(8, 72), "hex");
  const { peerId, privateKey } = peerIdentity(seed);
  t.is(Buffer.from(privateKey, "base64").toString("hex"), message);
  t.regex(peerId, /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/u);
  t.is(peerIdentity(seed).peerId, peerId);
  t.not(peerIdentity().peerId, peerIdentity().peerId);
  t.throws(() => peerIdentity(seed.subarray(1)), { instanceOf: RangeError });
});

test("a swarm key is a file of three lines and nothing else is taken for one", (t) => {
  const key = "0f".repeat(32);
  t.is(swarmKeyFile(key), `/key/swarm/psk/1.0.0/\n/base16/\n${key}\n`);
  for (const bad of ["", key.slice(1), `${key}0`, key.toUpperCase(), `${key}\n`]) t.throws(() => swarmKeyFile(bad), { instanceOf: RangeError }, JSON.stringify(bad));
});
