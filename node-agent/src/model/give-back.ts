/** Below this it costs more than it brings. */
const smallest = 4096;

/**
 * Gives the memory behind `bytes` back at once instead of at some later garbage collection: image data passes through an agent by the gigabyte, and collecting
 * and clearing ever new memory for it costs more processor time than encrypting it (docs/performance.md). Afterwards this and every other view of that memory has
 * length 0, so only its sole owner may call it, and never while a read or write by the system is under way. Shared memory is left alone, the pool out of which
 * Node cuts small buffers included.
 */
export function giveBack(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= smallest && buffer.byteLength !== Buffer.poolSize && !buffer.detached) buffer.transfer(0);
}

/** As `giveBack` where `bytes` covers all of its memory, so that no other view can be left with something of its own; otherwise nothing. */
export function giveBackWhole(bytes: Uint8Array): void {
  if (bytes.byteLength === bytes.buffer.byteLength) giveBack(bytes);
}
