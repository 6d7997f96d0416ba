/** How many transactions of one account may be under way: what the configuration allows, less where the node's pool was found to take less of one account. */
export type Room = {
  present(): number;
  /** The pool refused one that had so many of ours before it, mined ones not counted. */
  refused(ahead: number): void;
  /** One of ours was mined: a little more is tried after every full round. */
  mined(): void;
};

/** Begins with all of `window`. A pool's share is found at its first refusal and felt for again slowly, since an operator may raise it. */
export function createRoom(window: number, onChange: (room: number) => void = () => {}): Room {
  let room = window;
  let since = 0;
  const set = (next: number): void => {
    const now = Math.max(1, Math.min(window, next));
    since = 0;
    if (now === room) return;
    room = now;
    onChange(room);
  };
  onChange(room);
  return {
    present: () => room,
    refused(ahead) {
      if (ahead < room) set(ahead);
    },
    mined() {
      if (room < window && ++since >= 20 * room) set(room + Math.max(1, room >> 3));
    },
  };
}
