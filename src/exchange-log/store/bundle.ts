/** Entry bundles of C2SP tlog-tiles: up to 256 entries, each behind its length in two bytes, big-endian. */

export const entryBytesLimit = 0xffff;
export const lengthBytes = 2;

export function encodeBundle(entries: readonly Uint8Array[]): Buffer {
  let bytes = 0;
  for (const entry of entries) bytes += lengthBytes + entry.byteLength;
  const bundle = Buffer.allocUnsafe(bytes);
  let offset = 0;
  for (const entry of entries) {
    offset = bundle.writeUInt16BE(entry.byteLength, offset);
    bundle.set(entry, offset);
    offset += entry.byteLength;
  }
  return bundle;
}

/** The entries of a whole bundle, views; RangeError where its last entry is cut off. */
export function parseBundle(bundle: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let offset = 0; offset < bundle.byteLength; ) {
    const start = offset + lengthBytes;
    const end = start > bundle.byteLength ? start : start + bundle.readUInt16BE(offset);
    if (end > bundle.byteLength) throw new RangeError(`entry ${entries.length} of the bundle is cut off`);
    entries.push(bundle.subarray(start, end));
    offset = end;
  }
  return entries;
}
