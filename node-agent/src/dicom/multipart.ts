/** Pieces of a multipart/related body (RFC 2387) as bytes, so that a stream can be framed without copying its parts. */
export type MultipartFrame = {
  /** Value for the response's Content-Type. */
  readonly contentType: string;
  /** What stands before a part's bytes. */
  opening(part: { readonly contentType: string; readonly length?: number; readonly location?: string }): Buffer;
  /** What stands after every part's bytes. */
  readonly closing: Buffer;
  /** What ends the body. */
  readonly end: Buffer;
};

/** Frames parts of one media type. `boundary` must be fresh and random, 70 characters at most, letters, digits and hyphens only. */
export function multipartFrame(mediaType: string, boundary: string): MultipartFrame {
  return {
    contentType: `multipart/related; type="${mediaType}"; boundary=${boundary}`,
    opening: ({ contentType, length, location }) =>
      Buffer.from(
        `--${boundary}\r\nContent-Type: ${contentType}\r\n${length === undefined ? "" : `Content-Length: ${length}\r\n`}${location === undefined ? "" : `Content-Location: ${location}\r\n`}\r\n`,
        "latin1",
      ),
    closing: Buffer.from("\r\n", "latin1"),
    end: Buffer.from(`--${boundary}--\r\n`, "latin1"),
  };
}
