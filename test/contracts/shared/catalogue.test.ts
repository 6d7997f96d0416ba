import test from "ava";
import { readdir, readFile } from "node:fs/promises";
import hre from "hardhat";

const folder = new URL("../", import.meta.url);
const interfaces = ["IConsortiumContract", "IMemberServed", "IMemberRegistry", "IStudyRegistry", "IConsentRegistry", "IAccessLedger", "ICreditLedger", "ICouncil", "IGuardianPanel"];

/** Inherited from ERC-5805 and not ours to raise: there is no delegation that could be signed or changed. */
const unused = new Set(["VotesExpiredSignature", "DelegateChanged"]);

/** Everything the tests assert by name: `refused(t, "Error", ...)` fails unless that error came, `emitted(t, sent, "Event")` unless that event did. */
async function asserted(kind: "refused" | "emitted"): Promise<Set<string>> {
  const pattern = kind === "refused" ? /refused\(t, "(\w+)"/gu : /emitted\(\s*t,[^"]*?(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^"]*?)*"(\w+)"/gu;
  const names = new Set<string>();
  for (const file of await readdir(folder, { recursive: true })) {
    if (!file.endsWith(".test.ts")) continue;
    const text = await readFile(new URL(file, folder), "utf8");
    for (const [, name = ""] of text.matchAll(pattern)) names.add(name);
    if (kind === "emitted") for (const [, name = ""] of text.matchAll(/emitted\(.*?"([A-Z]\w+)"/gu)) names.add(name);
  }
  return names;
}

for (const [type, kind] of [["error", "refused"], ["event", "emitted"]] as const) {
  test(`every ${type} of the interfaces is raised in a test`, async (t) => {
    const names = await asserted(kind);
    let count = 0;
    for (const name of interfaces) {
      const { abi } = await hre.artifacts.readArtifact(name);
      for (const entry of abi as readonly { type: string; name?: string }[]) {
        if (entry.type !== type || entry.name === undefined || unused.has(entry.name)) continue;
        count += 1;
        t.true(names.has(entry.name), `${name}.${entry.name} is never raised`);
      }
    }
    t.true(count > 20, `${count} looked at`);
  });
}
