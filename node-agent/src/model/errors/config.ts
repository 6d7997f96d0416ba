import { entry } from "./entry.ts";

export const configErrors = {
  CONFIG_UNKNOWN_KEY: entry<{ key: string; nearest: string | null }>({
    status: 500,
    title: "Unknown configuration key",
    message: (d) => `unknown key ${d.key}${d.nearest === null ? "" : `; did you mean ${d.nearest}?`}`,
    hint: "Correct the key; docs/reference/config.md lists every valid one.",
  }),
} as const;
