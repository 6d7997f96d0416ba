import { readSecret } from "../../config/secret.ts";
import { fault } from "../../model/fault.ts";

/** The 32 bytes in a reviewer's key file (0x and 64 hex digits). Throws CONFIG_SECRET_UNREADABLE, CLI_FILE; never repeats the content. */
export async function readReviewerKey(file: string): Promise<Buffer> {
  const text = (await readSecret("--key-file", file)).toString("utf8").trim();
  if (!/^(?:0x)?[0-9a-fA-F]{64}$/u.test(text)) throw fault("CLI_FILE", { file, why: "it is not a key: 0x and 64 hex digits" });
  return Buffer.from(text.replace(/^0x/u, ""), "hex");
}
