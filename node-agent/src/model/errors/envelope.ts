import { entry } from "./entry.ts";

export const envelopeErrors = {
  ENVELOPE_TAMPERED: entry<{ chunk: number }>({
    status: 422,
    title: "Ciphertext does not authenticate",
    message: (d) => `chunk ${d.chunk} of the OpenPGP message does not authenticate`,
    hint: "Fetch the object again from another holder; if it fails everywhere, ask the custodian to store the study again.",
  }),
} as const;
