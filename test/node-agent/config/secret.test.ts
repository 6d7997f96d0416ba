import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { readSecret } from "../../../node-agent/src/config/secret.ts";
import { Fault } from "../../../node-agent/src/model/fault.ts";

test("one trailing line break is not part of a secret", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-secret-"));
  t.teardown(() => rm(dir, { recursive: true }));
  const file = join(dir, "passphrase");
  for (const [content, expected] of [
    ["words", "words"],
    ["words\n", "words"],
    ["words\r\n", "words"],
    ["words\n\n", "words\n"],
    [" words ", " words "],
  ] as const) {
    await writeFile(file, content);
    t.is((await readSecret("keyring.passphraseFile", file)).toString(), expected);
  }
  await writeFile(file, "\n");
  await t.throwsAsync(readSecret("keyring.passphraseFile", file), { instanceOf: Fault, message: /it is empty/u });
  await t.throwsAsync(readSecret("keyring.passphraseFile", join(dir, "none")), { instanceOf: Fault, message: /^keyring\.passphraseFile names .*ENOENT/u });
});
