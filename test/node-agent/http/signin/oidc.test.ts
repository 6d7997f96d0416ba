import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import test, { type ExecutionContext } from "ava";
import { exportJWK, SignJWT, UnsecuredJWT } from "jose";
import { createTokenVerifier } from "../../../../node-agent/src/http/signin/oidc.ts";
import { Fault } from "../../../../node-agent/src/model/fault.ts";

const pairs = {
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: generateKeyPairSync("ed25519"),
} as const;
type Algorithm = keyof typeof pairs;
const issuer = "https://id.hospital.example";
const audience = "fiducial";

/** A real JWKS endpoint on loopback. */
async function provider(t: ExecutionContext, listed: readonly Algorithm[] = ["RS256", "ES256", "EdDSA"]) {
  const keys = await Promise.all(listed.map(async (alg) => ({ ...(await exportJWK(pairs[alg].publicKey)), kid: alg, alg, use: "sig" })));
  const server = createServer((_request, response) => void response.setHeader("content-type", "application/json").end(JSON.stringify({ keys })));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => void server.close());
  const jwksUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  return createTokenVerifier({ issuer, audience, jwksUri, rolesClaim: "realm_access.roles" });
}

type Claims = { readonly issuer?: string; readonly audience?: string; readonly expires?: string; readonly notBefore?: string; readonly roles?: unknown; readonly alg?: string; readonly key?: KeyObject };

function token(algorithm: Algorithm, claims: Claims = {}): Promise<string> {
  const jwt = new SignJWT({ preferred_username: "meier", realm_access: { roles: claims.roles ?? ["clinician", "offline_access"] } })
    .setProtectedHeader({ alg: claims.alg ?? algorithm, kid: algorithm })
    .setSubject("subject-1")
    .setIssuer(claims.issuer ?? issuer)
    .setAudience(claims.audience ?? audience)
    .setIssuedAt()
    .setExpirationTime(claims.expires ?? "5m");
  if (claims.notBefore !== undefined) jwt.setNotBefore(claims.notBefore);
  return jwt.sign(claims.key ?? pairs[algorithm].privateKey);
}

for (const algorithm of ["RS256", "ES256", "EdDSA"] as const) {
  test(`${algorithm} tokens give name and roles`, async (t) => {
    const verify = await provider(t);
    t.deepEqual(await verify(await token(algorithm)), { name: "oidc:subject-1", roles: ["clinician"], patient: null });
  });
}

const refused: readonly (readonly [string, () => Promise<string>])[] = [
  ["another issuer", () => token("ES256", { issuer: "https://other.example" })],
  ["another audience", () => token("ES256", { audience: "somebody" })],
  ["an expired token", () => token("ES256", { expires: "-5m" })],
  ["a token of tomorrow", () => token("ES256", { notBefore: "1d" })],
  ["another key", () => token("ES256", { key: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey })],
  ["HS256 with the public key as secret", async () => {
    const secret = Buffer.from(pairs.RS256.publicKey.export({ type: "spki", format: "pem" }));
    return new SignJWT({}).setProtectedHeader({ alg: "HS256", kid: "RS256" }).setSubject("x").setIssuer(issuer).setAudience(audience).setExpirationTime("5m").sign(secret);
  }],
  ["no signature", async () => new UnsecuredJWT({}).setSubject("x").setIssuer(issuer).setAudience(audience).setExpirationTime("5m").encode()],
  ["garbage", async () => "a.b.c"],
];
for (const [name, make] of refused) {
  test(`refused: ${name}`, async (t) => {
    const verify = await provider(t);
    const error = await t.throwsAsync(async () => verify(await make()), { instanceOf: Fault });
    t.is(error?.code, "HTTP_SIGN_IN_FAILED");
    t.is(error?.status, 401);
  });
}

test("roles that are none of ours, and the patient role, are not taken", async (t) => {
  const verify = await provider(t);
  t.deepEqual((await verify(await token("ES256", { roles: ["patient", "root", "auditor"] }))).roles, ["auditor"]);
  t.deepEqual((await verify(await token("ES256", { roles: 7 }))).roles, []);
});

test("a provider that is not there is 503, not 401", async (t) => {
  const verify = createTokenVerifier({ issuer, audience, jwksUri: "http://127.0.0.1:9/jwks", rolesClaim: "roles" });
  const error = await t.throwsAsync(async () => verify(await token("ES256")), { instanceOf: Fault });
  t.is(error?.code, "HTTP_IDENTITY_PROVIDER_UNREACHABLE");
});
