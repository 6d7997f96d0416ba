import { Readable } from "node:stream";

/** An answer that was not the one the journey expects, with the problem document's code when there is one. */
export class Unexpected extends Error {
  override readonly name = "Unexpected";
}

export type Problem = { readonly status: number; readonly code: string; readonly detail: string };

/** One person signed in at one agent. Uses nothing but the agent's public HTTP interface. */
export class ApiClient {
  readonly base: string;
  readonly #authorization: string;

  constructor(base: string, name: string, password: string) {
    this.base = base;
    this.#authorization = `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
  }

  fetch(path: string, init: RequestInit & { duplex?: "half" } = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("authorization", this.#authorization);
    return fetch(`${this.base}${path}`, { ...init, headers });
  }

  async #json(method: string, path: string, body?: unknown): Promise<Response> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    return await this.fetch(path, { method, ...sent });
  }

  /** A JSON answer; anything but 2xx is Unexpected. */
  async get<Answer>(path: string): Promise<Answer> {
    return await this.#answer(await this.#json("GET", path), `GET ${path}`);
  }

  async post<Answer>(path: string, body: unknown = {}): Promise<Answer> {
    return await this.#answer(await this.#json("POST", path, body), `POST ${path}`);
  }

  /** The problem that a request is answered with; a success is Unexpected. */
  async problem(method: "GET" | "POST", path: string, body?: unknown): Promise<Problem> {
    const response = await this.#json(method, path, body);
    const text = await response.text();
    if (response.ok) throw new Unexpected(`${method} ${path} was answered ${response.status}, a refusal was expected`);
    return readProblem(response.status, text);
  }

  /** Sends Part 10 files as one multipart/related STOW-RS request, file by file as the socket takes them. */
  async store(files: readonly { readonly read: () => Promise<Buffer>; readonly size: number }[], onBytes: (done: number, total: number) => void): Promise<Response> {
    const boundary = "fiducial-journey";
    const total = files.reduce((sum, { size }) => sum + size, 0);
    async function* body(): AsyncGenerator<Buffer> {
      let done = 0;
      for (const file of files) {
        yield Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`);
        yield await file.read();
        yield Buffer.from("\r\n");
        done += file.size;
        onBytes(done, total);
      }
      yield Buffer.from(`--${boundary}--\r\n`);
    }
    return await this.fetch("/dicom-web/studies", {
      method: "POST",
      headers: { "content-type": `multipart/related; type="application/dicom"; boundary=${boundary}`, accept: "application/dicom+json" },
      body: Readable.toWeb(Readable.from(body())) as ReadableStream,
      duplex: "half",
    });
  }

  async #answer<Answer>(response: Response, what: string): Promise<Answer> {
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as Answer;
    const { status, code, detail } = readProblem(response.status, text);
    throw new Unexpected(`${what} was answered ${status} ${code}: ${detail}`);
  }
}

function readProblem(status: number, text: string): Problem {
  try {
    const { code, detail } = JSON.parse(text) as { code?: string; detail?: string };
    return { status, code: code ?? "", detail: detail ?? "" };
  } catch {
    return { status, code: "", detail: text.slice(0, 200) };
  }
}
