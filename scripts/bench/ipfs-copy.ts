import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type IpfsSeat, newIpfsSecrets, prepareSeat, rpcUrlOf, runKubo } from "../../network/ipfs/consortium.ts";
import { findIpfsPrograms } from "../../network/ipfs/find-engine.ts";
import { peerIdentity } from "../../network/ipfs/peer-identity.ts";
import { freePortBlock } from "../../network/local/ports.ts";

export const ipfsMissing = (): string | null => (findIpfsPrograms() === null ? "Kubo is not built (npm run engines)" : null);

/** Two private Kubos: `copy` adds bytes at one and reads them back at the other, in seconds. */
export type IpfsPair = { copy(pieces: () => Iterable<Buffer>): Promise<{ readonly add: number; readonly get: number }>; stop(): Promise<void> };

async function seatOf(dir: string, member: number): Promise<IpfsSeat> {
  const at = await freePortBlock(4);
  return { member, name: `bench-${member}`, dir: join(dir, String(member)), logDir: join(dir, "logs"), ports: { swarm: at, rpc: at + 1, cluster: at + 2, rest: at + 3 }, kubo: peerIdentity(), cluster: peerIdentity(), restUser: "bench", restPassword: "bench" };
}

/** Starts two Kubos in `dir`, in a network of their own and connected with one another. Throws where they are not built. */
export async function startIpfsPair(dir: string): Promise<IpfsPair> {
  const programs = findIpfsPrograms();
  if (programs === null) throw new Error(ipfsMissing() ?? "");
  const [one, two] = [await seatOf(dir, 1), await seatOf(dir, 2)];
  const network = { clusterName: "bench", ...newIpfsSecrets(), replication: { min: 1, max: 2 } };
  await prepareSeat(programs, network, one, [two]);
  await prepareSeat(programs, network, two, [one]);
  const daemons = [await runKubo(programs, one), await runKubo(programs, two)];
  const rpc = async (seat: IpfsSeat, command: string, body?: BodyInit): Promise<Response> => {
    const response = await fetch(`${rpcUrlOf(seat)}/api/v0/${command}`, { method: "POST", ...(body === undefined ? {} : { body }) });
    if (!response.ok) throw new Error(`${command}: ${response.status} ${await response.text()}`);
    return response;
  };
  for (let tries = 0; ; tries++) {
    const connected = await rpc(one, `swarm/connect?arg=/ip4/127.0.0.1/tcp/${two.ports.swarm}/p2p/${two.kubo.peerId}`).then(() => true, (error: unknown) => (tries > 50 ? Promise.reject(error) : false));
    if (connected) break;
    await sleep(200);
  }
  return {
    async copy(pieces) {
      const form = new FormData();
      form.append("file", new Blob([...pieces()] as BlobPart[]));
      const begun = performance.now();
      const { Hash } = (await (await rpc(one, "add?cid-version=1&raw-leaves=true&chunker=size-1048576&quieter=true", form)).json()) as { readonly Hash: string };
      const added = performance.now();
      const { body } = await rpc(two, `cat?arg=${Hash}`);
      for await (const _part of body ?? []);
      return { add: (added - begun) / 1000, get: (performance.now() - added) / 1000 };
    },
    stop: async () => void (await Promise.all(daemons.map((daemon) => daemon.kill()))),
  };
}
