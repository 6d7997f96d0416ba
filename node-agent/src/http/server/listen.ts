import { once } from "node:events";
import { createServer as createPlainServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { createServer as createSecureServer, type ServerOptions as SecureServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { fault } from "../../model/fault.ts";

/** TLS of a listener. With `askForClient`, a client certificate is asked for but judged by the app, against the registry and not against a CA. */
export type ListenTls = { readonly cert: string | Buffer; readonly key: string | Buffer; readonly askForClient?: boolean };

export type ListenOptions = { readonly host: string; readonly port: number; readonly tls?: ListenTls | undefined };

/** An open listener. `close` takes no new connection, lets running exchanges end for `drainMilliseconds`, then cuts what is left. */
export type Listener = { readonly url: string; readonly port: number; close(drainMilliseconds?: number): Promise<void> };

const keepAliveTimeoutMilliseconds = 75_000;
const headersTimeoutMilliseconds = 60_000;
const maxHeaderBytes = 32 * 1024;
const defaultDrainMilliseconds = 10_000;
const sweepMilliseconds = 50;

/**
 * requestTimeout is off on the server, because Node's 300 s would end a 2 GB upload on a slow line; the apps time out
 * small bodies themselves (`boundRequestTime`). Keep-alive outlasts the usual 60 s of a proxy in front, so the proxy never reuses a closed socket.
 */
const serverOptions: ServerOptions = {
  requestTimeout: 0,
  headersTimeout: headersTimeoutMilliseconds,
  keepAliveTimeout: keepAliveTimeoutMilliseconds,
  maxHeaderSize: maxHeaderBytes,
  noDelay: true,
};

function create(options: ListenOptions, handler: RequestListener): Server {
  if (options.tls === undefined) return createPlainServer(serverOptions, handler);
  const secure: SecureServerOptions = { ...serverOptions, cert: options.tls.cert, key: options.tls.key, minVersion: "TLSv1.2" };
  if (options.tls.askForClient !== true) return createSecureServer(secure, handler);
  return createSecureServer({ ...secure, minVersion: "TLSv1.3", requestCert: true, rejectUnauthorized: false }, handler);
}

/** Opens a listener. Port 0 takes a free port. Throws HTTP_LISTEN_FAILED when the port is in use or not permitted. */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<Listener> {
  const server = create(options, handler);
  server.listen(options.port, options.host);
  try {
    await once(server, "listening");
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw fault("HTTP_LISTEN_FAILED", { host: options.host, port: options.port, why }, error);
  }
  const { port } = server.address() as AddressInfo;
  const shown = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `${options.tls === undefined ? "http" : "https"}://${shown}:${port}`,
    port,
    close: async (drainMilliseconds = defaultDrainMilliseconds) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      // Kept-alive connections become idle one by one as their exchanges end; Node closes only those idle at the moment of asking.
      const sweep = setInterval(() => server.closeIdleConnections(), sweepMilliseconds);
      const cut = setTimeout(() => server.closeAllConnections(), drainMilliseconds);
      await closed;
      clearInterval(sweep);
      clearTimeout(cut);
    },
  };
}
