import { entry } from "./entry.ts";

export const peerErrors = {
  PEER_UNREGISTERED_CERTIFICATE: entry({
    status: 403,
    title: "Certificate not registered",
    message: () => `the TLS key presented is not the one registered for an active member`,
    hint: "Nothing was handed over. The institution whose key it is registers its SHA-256 in MemberRegistry (setProfile); if no key was changed, something stands between the two agents.",
  }),
  PEER_UNKNOWN_MEMBER: entry<{ member: number }>({
    status: 404,
    title: "No such active member",
    message: (d) => `member ${d.member} is not an active member with an endpoint`,
    hint: "`fiducial member list` shows who can be reached; wait for the local index if the member was admitted just now.",
  }),
  PEER_UNREACHABLE: entry<{ member: number; why: string }>({
    status: 503,
    title: "Peer not reachable",
    message: (d) => `the agent of member ${d.member} cannot be reached (${d.why})`,
    hint: "It is tried again by itself. If it lasts, `fiducial doctor` tests the way to every peer and says which part fails.",
  }),
  PEER_BUSY: entry({
    status: 503,
    title: "Too many streams wait",
    message: () => `this agent serves as many streams of blocks as it may, and too many wait already`,
    hint: "The asking agent tries again by itself, other holders first. If it lasts, raise peer.streams at the agent that is asked.",
  }),
  PEER_REFUSED: entry<{ member: number; status: number; peerCode: string | null }>({
    status: 502,
    title: "Peer refused",
    message: (d) => `the agent of member ${d.member} refused with status ${d.status}${d.peerCode === null ? "" : ` (${d.peerCode})`}`,
    hint: "Look up the peer's code in docs/reference/errors.generated.md; it says what to do on either side.",
  }),
  PEER_BAD_ANSWER: entry<{ member: number; what: string }>({
    status: 502,
    title: "Peer answered with something else",
    message: (d) => `the agent of member ${d.member} gave an answer that cannot be used: ${d.what}`,
    hint: "Nothing of the answer is used. Compare versions with that institution.",
  }),
  PEER_CERTIFICATE_MISMATCH: entry<{ member: number }>({
    status: 502,
    title: "Peer's OpenPGP certificate is not the registered one",
    message: (d) => `the OpenPGP certificate that member ${d.member} gave has another digest than the one in MemberRegistry`,
    hint: "No key is wrapped for it. Ask that institution to register its certificate's digest (setProfile).",
  }),
  PEER_PROBED_LATELY: entry<{ most: number; seconds: number }>({
    status: 429,
    title: "Asked too often",
    message: (d) => `this member tells another ${d.most} times in ${d.seconds} seconds how it sees it`,
    hint: "Wait some seconds and ask again.",
  }),
  REGISTRATION_REFUSED: entry<{ why: string }>({
    status: 400,
    title: "Not an entry of this member",
    message: (d) => `the transaction is not sent: ${d.why}`,
    hint: "A member's agent sends only what sets profile or nodes of the member that asks: run `fiducial network join` again.",
  }),
} as const;
