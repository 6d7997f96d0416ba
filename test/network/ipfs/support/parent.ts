import { readFileSync } from "node:fs";
import { type IpfsSeat, runClusterPeer, runKubo } from "../../../../network/ipfs/consortium.ts";
import type { IpfsPrograms } from "../../../../network/ipfs/find-engine.ts";

/** Runs the daemons of the seat that is described in a file, prints their pids and waits to be killed. */
const { programs, seat } = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as { programs: IpfsPrograms; seat: IpfsSeat };
const kubo = await runKubo(programs, seat);
const cluster = await runClusterPeer(programs, seat);
console.log(JSON.stringify([kubo.pid, cluster.pid]));
setInterval(() => {}, 1000);
