import { WebSocket } from "undici";

/** Rings when the node has a new block. Only a bell: it says nothing about the block, may ring too often, and may be silent for as long as the node's WebSocket is. */
export type HeadBell = {
  /** Resolves at the next ring or after `ms`, whichever is first; rejects with the signal's reason when aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  close(): void;
};

export type HeadBellOptions = {
  /** ws or wss URL of the node. */
  readonly url: string;
  /** Told once when the subscription stands and once when it is lost. */
  readonly onChange: (subscribed: boolean) => void;
  /** Milliseconds without a word after which the connection is given up and made anew: one that was cut in the middle looks open for ever. */
  readonly silenceMs?: number;
};

const firstRetryMs = 500;
const longestRetryMs = 30_000;

/** Subscribes to new heads (eth_subscribe) and subscribes again whenever the connection is lost, until closed. Never throws. */
export function createHeadBell({ url, onChange, silenceMs = 120_000 }: HeadBellOptions): HeadBell {
  let closed = false;
  let socket: WebSocket | null = null;
  let retry: NodeJS.Timeout | null = null;
  let watchdog: NodeJS.Timeout | null = null;
  let failures = 0;
  let subscribed = false;
  const listeners = new Set<() => void>();

  const say = (now: boolean): void => {
    if (now !== subscribed) onChange(now);
    subscribed = now;
  };
  const alive = (current: WebSocket): void => {
    if (watchdog !== null) clearTimeout(watchdog);
    watchdog = setTimeout(() => current.close(), silenceMs);
    watchdog.unref();
  };

  function hear(text: unknown): void {
    let message: { readonly id?: unknown; readonly method?: unknown; readonly result?: unknown };
    try {
      message = JSON.parse(String(text)) as typeof message;
    } catch {
      return;
    }
    if (message.id === 1 && typeof message.result === "string") {
      failures = 0;
      say(true);
    } else if (message.method !== "eth_subscription") return;
    for (const ring of [...listeners]) ring();
  }

  function open(): void {
    if (closed) return;
    const current = new WebSocket(url);
    socket = current;
    alive(current);
    current.addEventListener("open", () => current.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_subscribe", params: ["newHeads"] })));
    current.addEventListener("message", ({ data }) => {
      alive(current);
      hear(data);
    });
    current.addEventListener("error", () => {});
    current.addEventListener("close", () => {
      if (socket !== current) return;
      say(false);
      if (watchdog !== null) clearTimeout(watchdog);
      if (closed) return;
      retry = setTimeout(open, Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures++, 10)) * (0.5 + Math.random() / 2));
      retry.unref();
    });
  }
  open();

  return {
    wait: (ms, signal) =>
      new Promise((done, fail) => {
        signal.throwIfAborted();
        const end = (): void => {
          clearTimeout(timer);
          listeners.delete(rung);
          signal.removeEventListener("abort", aborted);
        };
        const rung = (): void => {
          end();
          done();
        };
        const aborted = (): void => {
          end();
          fail(signal.reason);
        };
        const timer = setTimeout(rung, ms);
        listeners.add(rung);
        signal.addEventListener("abort", aborted, { once: true });
      }),
    close() {
      closed = true;
      if (retry !== null) clearTimeout(retry);
      if (watchdog !== null) clearTimeout(watchdog);
      socket?.close();
    },
  };
}
