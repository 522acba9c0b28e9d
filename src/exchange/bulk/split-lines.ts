/** Cuts a stream of bytes into lines without ever holding more than one of them. */

export interface SplitLine {
  /** From 1; empty lines count. */
  readonly number: number;
  /** Without its end, LF or CRLF; undefined where it is longer than allowed, and was not kept. */
  readonly content: Uint8Array | undefined;
}

export interface LineSplitter {
  /** Lines that have ended, empty ones included. */
  readonly lines: number;
  /** Bytes of the lines that were left out or not kept, with those of one that has not ended and is too long already. */
  readonly skippedBytes: number;
  /** The lines that end in this chunk. Empty ones, and those of nothing but white space, are left out. */
  split(chunk: Uint8Array): Generator<SplitLine, void, undefined>;
  /** The last one, where no LF ends it. */
  end(): Generator<SplitLine, void, undefined>;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const none = new Uint8Array(0);

export function createLineSplitter(lineBytesMax: number): LineSplitter {
  let number = 0;
  let begun: Uint8Array[] = [];
  let begunBytes = 0;
  let skippedBytes = 0;

  /** Room for the carriage return, which is none of the line's bytes. */
  const isTooLong = (bytes: number) => bytes > lineBytesMax + 1;

  function keep(part: Uint8Array): void {
    begunBytes += part.byteLength;
    if (isTooLong(begunBytes)) begun = [];
    else if (part.byteLength > 0) begun.push(part);
  }

  function finish(last: Uint8Array): SplitLine | undefined {
    number += 1;
    keep(last);
    const whole = withoutReturn(begun.length > 1 ? Buffer.concat(begun) : (begun[0] ?? none));
    const isWhole = !isTooLong(begunBytes) && whole.byteLength <= lineBytesMax;
    const bytes = begunBytes + 1;
    begun = [];
    begunBytes = 0;
    if (isWhole && !isBlank(whole)) return { number, content: whole };
    skippedBytes += bytes;
    return isWhole ? undefined : { number, content: undefined };
  }

  return {
    get lines() {
      return number;
    },
    get skippedBytes() {
      return skippedBytes + (isTooLong(begunBytes) ? begunBytes : 0);
    },
    *split(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
        const line = finish(chunk.subarray(start, end));
        start = end + 1;
        if (line !== undefined) yield line;
      }
      keep(chunk.subarray(start));
    },
    *end() {
      if (begunBytes === 0) return;
      const line = finish(none);
      if (line !== undefined) yield line;
    },
  };
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line;
}

function isBlank(line: Uint8Array): boolean {
  for (const byte of line) if (byte !== 0x20 && byte !== 0x09 && byte !== carriageReturn) return false;
  return true;
}
