import type { Readable } from "node:stream";
import { Dicer } from "@fastify/busboy";
import { type Fault, fault } from "../../model/fault.ts";

/** One part of a multipart body. `body` must be read (or left by breaking out) before the next part comes. */
export type Part = {
  /** Header names in lower case, first value of each. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: AsyncIterable<Buffer>;
};

/** Few headers belong on a STOW part; a part with more is not one of ours. */
const mostHeaderPairs = 32;
const mostHeaderBytes = 8 * 1024;

type Incoming = { readonly stream: Dicer.PartStream; header: object | null };

function headersOf(header: object | null): Map<string, string> {
  const headers = new Map<string, string>();
  for (const [name, values] of Object.entries(header ?? {})) {
    const first: unknown = Array.isArray(values) ? values[0] : undefined;
    if (typeof first === "string") headers.set(name, first.trim());
  }
  return headers;
}

/** Resolves when the part's headers are known, or its first byte or end is there (a part may have no headers at all). */
async function settled(part: Incoming): Promise<void> {
  if (part.header !== null) return;
  const { stream } = part;
  const events = ["header", "readable", "end", "error"] as const;
  let settle: () => void = () => {};
  await new Promise<void>((resolve) => {
    settle = resolve;
    for (const event of events) stream.on(event, settle);
  });
  for (const event of events) stream.off(event, settle);
}

/** Reads on without destroying the stream when the reader stops: the parser goes on writing to it and would wait for ever. */
const reading = (stream: Readable): AsyncIterable<Buffer> => stream.iterator({ destroyOnReturn: false });

/**
 * Reads a multipart body (RFC 2046 section 5.1) part by part with back-pressure to the socket: nothing is held beyond the
 * parser's window. Ends only when the closing boundary was read. Throws STOW_MALFORMED when the body is empty, the boundary never
 * comes or the closing boundary is missing, and STOW_CUT when the connection ends first; the part being read fails with the same fault.
 */
export async function* readParts(source: Readable, boundary: string): AsyncGenerator<Part> {
  const options = { boundary, maxHeaderPairs: mostHeaderPairs, maxHeaderSize: mostHeaderBytes };
  const dicer = new Dicer(options);
  const waiting: Incoming[] = [];
  const state: { current: Incoming | null; failure: Fault | null; finished: boolean; wake: () => void } = { current: null, failure: null, finished: false, wake: () => {} };

  const fail = (reason: Fault) => {
    state.failure ??= reason;
    for (const part of state.current === null ? waiting : [state.current, ...waiting]) part.stream.destroy(state.failure);
    state.wake();
  };
  dicer.on("part", (stream) => {
    const incoming: Incoming = { stream, header: null };
    stream.on("header", (header) => {
      incoming.header = header;
    });
    // The parser raises its error on the part too, whose reader may not be there yet: without a listener that would end the process.
    stream.on("error", () => {});
    waiting.push(incoming);
    state.wake();
  });
  // `finish` says that the parts were read, not that their readers are done with them: it is only noted here.
  dicer.on("finish", () => {
    state.finished = true;
    state.wake();
  });
  dicer.on("error", () => fail(fault("STOW_MALFORMED", { what: "the closing boundary is missing, or the boundary never occurs" })));
  const onError = () => fail(fault("STOW_CUT", {}));
  const onClose = () => {
    if (!source.readableEnded) fail(fault("STOW_CUT", {}));
  };
  source.on("error", onError);
  source.on("close", onClose);
  source.pipe(dicer);

  let count = 0;
  try {
    for (;;) {
      if (state.failure !== null) throw state.failure;
      state.current = waiting.shift() ?? null;
      if (state.current === null) {
        if (state.finished) break;
        await new Promise<void>((resolve) => {
          state.wake = resolve;
        });
        continue;
      }
      const { current } = state;
      await settled(current);
      if (state.failure !== null) throw state.failure;
      count += 1;
      yield { headers: headersOf(current.header), body: reading(current.stream) };
      // Whatever the reader left (a refused instance) is skipped, for the parser goes on only when the part has been read.
      if (!current.stream.readableEnded && !current.stream.destroyed) for await (const _skipped of reading(current.stream));
    }
    if (count === 0) throw fault("STOW_MALFORMED", { what: "it has no parts" });
  } finally {
    source.off("error", onError);
    source.off("close", onClose);
    source.on("error", () => {});
    source.unpipe(dicer);
  }
}
