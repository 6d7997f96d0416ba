/** Whether a TCP connection to an address can be made: null when it can, else why not in a short word (a system's code, or "not resolved"). Never throws. */
export type Dial = (host: string, port: number, timeoutMs: number) => Promise<string | null>;
