/** Child of the crash test: adds accounts and prints each name when it is acknowledged. */
import { writeSync } from "node:fs";
import { openAccounts } from "../../../node-agent/src/accounts/accounts.ts";

const accounts = openAccounts(process.argv[2] ?? "");
for (let number = 0; number < 40; number++) {
  await accounts.put({ name: `user-${number}`, roles: ["clinician"], patient: null, password: "a long password" });
  writeSync(1, `user-${number}\n`);
}
