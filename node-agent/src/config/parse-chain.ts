import { parse } from "yaml";
import { z } from "zod";
import { fault } from "../model/fault.ts";
import { blockHash, contractAddress } from "./values.ts";

const form = z.object({
  chainId: z.int().min(1),
  genesisHash: blockHash,
  contracts: z.object({
    memberRegistry: contractAddress,
    studyRegistry: contractAddress,
    consentRegistry: contractAddress,
    accessLedger: contractAddress,
    creditLedger: contractAddress,
    consortiumAuthority: contractAddress,
    council: contractAddress.optional(),
    timelock: contractAddress.optional(),
    guardianPanel: contractAddress.optional(),
  }),
  deployedAtBlock: z.int().min(0).default(0),
});

/** What a consortium hands out about its chain, JSON or YAML; anything else in the file is of no concern here. Throws CONFIG_NOT_YAML, CONFIG_INVALID. */
export function parseChain(text: string): z.output<typeof form> {
  let value: unknown;
  try {
    value = parse(text, { customTags: (tags) => tags.filter((tag) => typeof tag === "string" || !("format" in tag) || tag.format !== "HEX"), maxAliasCount: 0 });
  } catch (error) {
    throw fault("CONFIG_NOT_YAML", { line: 1, why: "it is neither YAML nor JSON" }, error);
  }
  const parsed = form.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first, ...others] = parsed.error.issues.map((issue) => ({ key: issue.path.map(String).join(".") || "the file", why: issue.message }));
  throw fault("CONFIG_INVALID", { key: first?.key ?? "the file", why: first?.why ?? "unknown", line: null, also: others.map(({ key, why }) => `${key}: ${why}`) });
}
