import { open } from "node:fs/promises";

/** Makes renames inside directories durable, merging what is asked at one time. */
export type DirectorySync = { sync(directory: string): Promise<void> };

/** fsync of a directory: afterwards the names in it survive a power cut. */
export async function fsyncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Group commit: while one fsync of a directory runs, all further requests for it share the next one. A request never joins a running
 * fsync, because that one may have begun before the request's rename.
 */
export function directorySync(fsync: (directory: string) => Promise<void>): DirectorySync {
  const running = new Map<string, { current: Promise<void>; next: Promise<void> | null }>();
  const start = (directory: string): Promise<void> => {
    const state: { current: Promise<void>; next: Promise<void> | null } = { current: fsync(directory), next: null };
    running.set(directory, state);
    const done = (): void => {
      if (state.next === null) running.delete(directory);
    };
    state.current.then(done, done);
    return state.current;
  };
  return {
    sync(directory) {
      const state = running.get(directory);
      if (state === undefined) return start(directory);
      state.next ??= state.current.catch(() => undefined).then(() => start(directory));
      return state.next;
    },
  };
}
