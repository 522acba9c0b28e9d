/** Looks at PostgreSQL's messages before pg-protocol reads them: it would search an error without an end for ever. */

/** Throws RangeError where what has arrived so far can be no message that pg knows, MessageTooLong where it is one of more bytes than the most. */
export type FrameCheck = (chunk: Uint8Array) => void;

export class MessageTooLong extends RangeError {}

/** Type of a message, and its length (PostgreSQL documentation, "Message Formats"). */
const headBytes = 5;
/** The length counts itself. */
const lengthBytes = 4;
/** The types that pg-protocol tells apart. */
const known = new Set(Buffer.from('123ACDEGHIKNRSTWZcdnst'));
const errorResponse = 'E'.charCodeAt(0);
const noticeResponse = 'N'.charCodeAt(0);

/** Chunks may be cut anywhere. `bytesMax` is of one message. */
export function createFrameCheck(bytesMax: number): FrameCheck {
  const head = Buffer.alloc(headBytes);
  let headAt = 0;
  let bodyBytes = 0;
  let bodyLeft = 0;
  let beforeLast = 0;
  let last = 0;

  const beginBody = () => {
    bodyBytes = head.readUInt32BE(1) - lengthBytes;
    const isKnown = known.has(head[0] as number);
    if (!isKnown || bodyBytes < 0) throw new RangeError('no message that pg knows');
    if (bodyBytes > bytesMax) throw new MessageTooLong(`a message of over ${bytesMax} bytes`);
    bodyLeft = bodyBytes;
  };

  const readBody = (chunk: Uint8Array, at: number): number => {
    const end = Math.min(at + bodyLeft, chunk.length);
    bodyLeft -= end - at;
    if (end - at > 1) beforeLast = chunk[end - 2] as number;
    else if (end - at === 1) beforeLast = last;
    if (end > at) last = chunk[end - 1] as number;
    return end;
  };

  const endBody = () => {
    headAt = 0;
    if (head[0] !== errorResponse && head[0] !== noticeResponse) return;
    // Fields that a zero ends each, and one zero more: whatever stands in front, the second of two is the end.
    const isEnded = bodyBytes > 0 && last === 0 && (bodyBytes === 1 || beforeLast === 0);
    if (!isEnded) throw new RangeError('an error without an end');
  };

  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (headAt < headBytes) {
        head[headAt++] = chunk[at++] as number;
        if (headAt < headBytes) continue;
        beginBody();
      }
      at = readBody(chunk, at);
      if (bodyLeft === 0) endBody();
    }
  };
}
