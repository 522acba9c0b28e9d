/** Follows MariaDB's packets on their way to mysql2, which waits for as many bytes as any four of them say. */

/** Given what arrives, tells the number of the packet that has begun and is not whole yet; undefined where there is none. */
export type PacketWalk = (chunk: Uint8Array) => number | undefined;

/** Length in three bytes, then the packet's number in the answer (MariaDB documentation, "Protocol: 0 - Packet"). */
const headBytes = 4;
/** A packet of this length goes on in the next one, which mysql2 takes together with it. */
const lengthMax = 0xff_ff_ff;

/** Chunks may be cut anywhere. */
export function createPacketWalk(): PacketWalk {
  const head = Buffer.alloc(headBytes);
  let headAt = 0;
  let bodyLeft = 0;
  let isContinued = false;

  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (headAt < headBytes) {
        head[headAt++] = chunk[at++] as number;
        bodyLeft = head.readUIntLE(0, 3);
      } else {
        const end = Math.min(at + bodyLeft, chunk.length);
        bodyLeft -= end - at;
        at = end;
      }
      if (headAt < headBytes || bodyLeft > 0) continue;
      headAt = 0;
      isContinued = head.readUIntLE(0, 3) === lengthMax;
    }
    return headAt < headBytes || isContinued ? undefined : head[3];
  };
}
