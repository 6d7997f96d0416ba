import { randomBytes } from "node:crypto";
import { readSecret } from "../config/secret.ts";
import { fault } from "../model/fault.ts";
import type { Address } from "../model/ids.ts";
import { writeNew } from "./files.ts";

/** The 32 bytes in a person's key file (0x and 64 hex digits). Throws CONFIG_SECRET_UNREADABLE, CLI_FILE; never repeats the content. */
export async function readKeyFile(file: string): Promise<Buffer> {
  const text = (await readSecret("--key-file", file)).toString("utf8").trim();
  if (!/^(?:0x)?[0-9a-fA-F]{64}$/u.test(text)) throw fault("CLI_FILE", { file, why: "it is not a key: 0x and 64 hex digits" });
  return Buffer.from(text.replace(/^0x/u, ""), "hex");
}

/** Makes a key, keeps it in a new file that only its owner may read, and gives its address. Throws CONFIG_EXISTS, CLI_FILE. */
export async function makeKeyFile(file: string): Promise<Address> {
  const { createSigner } = await import("../ledger/sign.ts");
  const key = randomBytes(32);
  const { address } = createSigner(key, 1);
  await writeNew(file, `0x${key.toString("hex")}\n`);
  key.fill(0);
  return address;
}
