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

/** @param own the logs of the data folder, as far as their checkpoints go. */
export function describeIndex(
  logs: readonly IndexedLog[],
  own: readonly { readonly origin: string; readonly size: number }[],
): string {
  const lines = logs.flatMap(({ log, indexed, unreadable }) => {
    const known = own.find(({ origin }) => origin === log);
    const of = known === undefined ? '' : ` of ${known.size} in the newest checkpoint`;
    return [`${log}: ${indexed} entries indexed${of}`, ...unreadableLine(unreadable)];
  });
  for (const { origin, size } of own) {
    if (logs.some(({ log }) => log === origin)) continue;
    lines.push(`${origin}: nothing indexed of ${size} in the newest checkpoint`);
  }
  return lines.length === 0 ? 'The index is empty.' : lines.join('\n');
}

function unreadableLine(unreadable: number): string[] {
  return unreadable === 0 ? [] : [`${unreadable} entries could not be read and are not in it.`];
}
