import { fault } from "../../model/fault.ts";
import type { Recorded } from "../api.ts";
import type { Client } from "../client.ts";
import type { ConsentDocument } from "./document.ts";

/** Has the agent relay a signed document; resolves when it is on the chain. Throws CLI_USAGE when it is not signed. */
export async function submitDocument(client: Client, document: ConsentDocument): Promise<Recorded> {
  const { kind, terms, signer, signature } = document;
  if (signature === null) throw fault("CLI_USAGE", { why: "the document is not signed: run `fiducial consent sign` first" });
  return await client.post<Recorded>(kind === "consent" ? "/api/consents" : "/api/revocations", { terms, signer, signature });
}
