import { connect } from "node:net";

/**
 * What a libp2p listener over TCP says first. A swarm without a key begins in the clear with multistream-select's header (multiformats
 * multistream-select 1.0.0: a length octet and the text). One with a pre-shared key (libp2p specification, Private Networks) begins with 24 octets of nonce,
 * and all that follows is XSalsa20: the header cannot be seen. Whether a key is in force cannot be asked of Kubo's RPC, so it is looked at on the wire.
 */
export type Greeting = "in the clear" | "under a key" | "silent";

const clearHeader = Buffer.from("\x13/multistream/1.0.0\n", "latin1");
/** Nonce, and the header under the key. */
const keyedLength = 24 + clearHeader.length;

/** Connects, listens for the first octets and hangs up; nothing is sent. Rejects with the system's error when nobody listens there. */
export function greetingOf(host: string, port: number, timeoutMs: number): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let heard = Buffer.alloc(0);
    const end = (greeting: Greeting): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(greeting);
    };
    const judge = (): Greeting => (heard.length === 0 ? "silent" : heard.subarray(0, clearHeader.length).equals(clearHeader) ? "in the clear" : heard.length >= keyedLength ? "under a key" : "silent");
    const timer = setTimeout(() => end(judge()), timeoutMs);
    socket.on("data", (part: Buffer) => {
      heard = Buffer.concat([heard, part]);
      if (judge() !== "silent") end(judge());
    });
    socket.on("close", () => end(judge()));
    socket.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
