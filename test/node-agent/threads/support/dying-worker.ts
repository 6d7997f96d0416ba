/** The real thread with a flaw: it breaks down over whatever is the third question of its life. */
import { parentPort } from "node:worker_threads";

const port = parentPort;
if (port === null) throw new Error("this module runs as a worker thread");
let asked = 0;
const on = port.on.bind(port);
port.on = ((event: "message", listener: (question: unknown) => void) =>
  on(event, (question: unknown) => {
    if (++asked === 3) throw new Error("the thread broke down, as it was told to");
    listener(question);
  })) as typeof port.on;
await import("../../../../node-agent/src/threads/object-worker.ts");
