/** What the commands about the index tell. */

export interface IndexedLog {
  readonly log: string;
  readonly indexed: number;
  readonly unreadable: number;
}

export interface RebuiltIndex extends IndexedLog {
  /** Entries that the log's checkpoint covers. */
  readonly size: number;
  readonly seconds: number;
}

export function describeRebuild({ log, indexed, unreadable, size, seconds }: RebuiltIndex): string {
  const rate = Math.round(indexed / Math.max(seconds, 0.001));
  const result =
    indexed < size
      ? `Stopped after ${indexed} of ${size} entries of ${log}: the gateway goes on from there when it starts.`
      : `The index of ${log} is made anew: ${indexed} entries, ${rate} a second.`;
  return [result, ...unreadableLine(unreadable)].join('\n');
}

/** @param own the log of the data folder, as far as its checkpoint goes; undefined where it has none. */
export function describeIndex(logs: readonly IndexedLog[], own: { origin: string; size: number } | undefined): string {
  const lines = logs.flatMap(({ log, indexed, unreadable }) => {
    const of = own?.origin === log ? ` of ${own.size} in the newest checkpoint` : '';
    return [`${log}: ${indexed} entries indexed${of}`, ...unreadableLine(unreadable)];
  });
  if (own !== undefined && logs.every(({ log }) => log !== own.origin)) {
    lines.push(`${own.origin}: nothing indexed of ${own.size} in the newest checkpoint`);
  }
  return lines.length === 0 ? 'The index is empty.' : lines.join('\n');
}

function unreadableLine(unreadable: number): string[] {
  return unreadable === 0 ? [] : [`${unreadable} entries could not be read and are not in it.`];
}
