import { entry } from "./entry.ts";

export const peerErrors = {
  PEER_UNREGISTERED_CERTIFICATE: entry({
    status: 403,
    title: "Certificate not registered",
    message: () => `the TLS certificate presented belongs to no active member`,
    hint: "Register the SHA-256 of your TLS public key in MemberRegistry (setProfile) and connect again.",
  }),
} as const;
