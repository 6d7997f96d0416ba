import { connect } from "node:net";
import type { Dial } from "../ports/dial.ts";

/** Opens a TCP connection and closes it at once. */
export const dial: Dial = (host, port, timeoutMs) =>
  new Promise((done) => {
    const socket = connect({ host, port });
    const end = (reason: string | null): void => {
      clearTimeout(timer);
      socket.destroy();
      done(reason);
    };
    const timer = setTimeout(() => end("no answer"), timeoutMs);
    socket.once("connect", () => end(null));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code ?? "failed"));
  });
