/** What the commands about the log tell: how far a check has come, and what it found. */

export interface CheckedVouching {
  readonly cosigners: readonly { readonly name: string; readonly seconds: number }[];
  /** Signatures of keys that nobody named. */
  readonly unchecked: number;
}

export interface CheckedLog {
  readonly vouching: CheckedVouching;
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly root: Uint8Array };
  readonly older: { readonly size: number } | undefined;
  readonly files: { readonly count: number; readonly ahead: number } | undefined;
  readonly segments: { readonly count: number; readonly pending: number } | undefined;
  readonly timestamps: CheckedTimestamps | undefined;
  /** Evidence files that no entry names. */
  readonly unnamedEvidence: readonly string[] | undefined;
  /** Entries about people, where their numbers were checked. */
  readonly numbered: number | undefined;
}

export interface CheckedTimestamps {
  readonly count: number;
  /** False where no authority was named. */
  readonly areChecked: boolean;
  /** Unix milliseconds. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  /** Entries that the newest one covers. */
  readonly covered: number;
  /** Of the newest checkpoint where it lies there without its token. */
  readonly bare: number | undefined;
}

export interface CheckedReceipt {
  readonly origin: string;
  readonly index: number;
  readonly size: number;
  readonly entry: string;
  readonly vouching: CheckedVouching;
}

export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const progressIntervalMs = 100;
const barWidth = 30;
/** Files in one line. */
const namedMax = 5;

/** A bar on a terminal, nothing elsewhere. Call it as often as there is news. */
export function createProgress(terminal: Terminal): (done: number, total: number) => void {
  let shownMs = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    if (terminal.isTTY !== true || (done < total && performance.now() - shownMs < progressIntervalMs)) return;
    shownMs = performance.now();
    terminal.write(`\r${bar(total === 0 ? 1 : done / total)} ${done} of ${total} entries${done === total ? '\n' : ''}`);
  };
}

/** `share` is from 0 to 1. */
export function bar(share: number): string {
  const filled = Math.floor(share * barWidth);
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`;
}

/** @param signed whether the checkpoint's signature was checked. */
export function describeLog(log: CheckedLog, signed: boolean): string {
  const { checkpoint, vouching, older, files, numbered, segments, timestamps, unnamedEvidence = [] } = log;
  const { origin, size, root } = checkpoint;
  const ahead = files?.ahead ? `, ${files.ahead} of them ahead of the checkpoint` : '';
  return [
    `The log is whole: ${origin}, ${size} entries, root ${Buffer.from(root).toString('base64')}`,
    signed ? 'The checkpoint is signed by the key given.' : 'The signature was NOT checked: give the key with --key.',
    ...describeVouching(vouching),
    ...(older === undefined ? [] : [`It continues the older checkpoint of ${older.size} entries.`]),
    ...(numbered === undefined ? [] : [`${numbered} entries about people are numbered without gap or repeat.`]),
    files === undefined
      ? 'A web server does not list its files: none was looked for that should not be there.'
      : `${files.count} files, none too many${ahead}.`,
    ...(files === undefined ? [] : [describeSegments(segments)]),
    ...(timestamps === undefined ? [] : describeTimestamps(timestamps, size)),
    ...(unnamedEvidence.length === 0 ? [] : [describeUnnamed(unnamedEvidence)]),
  ].join('\n');
}

function describeSegments(segments: CheckedLog['segments']): string {
  if (segments === undefined)
    return 'There are no write-ahead segments: the log can be read, but no gateway goes on with it.';
  return `The write-ahead log goes on from there: ${segments.pending} entries that nothing signed covers yet.`;
}

/** Not a fault: what a crash leaves behind is that. */
function describeUnnamed(files: readonly string[]): string {
  const more = files.length > namedMax ? `, and ${files.length - namedMax} more` : '';
  const named = `${files.slice(0, namedMax).join(', ')}${more}`;
  return (
    `NOTE: ${files.length} evidence files are named by no entry: ${named}. A crash leaves one behind whose bodies came ` +
    'before their entry, and a gateway at work may be about to name its newest; one that was added cannot be told from those.'
  );
}

function describeTimestamps(timestamps: CheckedTimestamps, size: number): string[] {
  const { count, areChecked, covered, bare } = timestamps;
  if (count === 0 && bare === undefined && !areChecked) return [];
  const behind = count > 0 && covered < size ? ` ${size - covered} entries are not stamped yet.` : '';
  const lines = [`${describeStamped(timestamps)}${behind}`];
  if (bare !== undefined) {
    lines.push(
      `NOTE: the checkpoint of ${bare} entries is among the timestamps without its token: a crash came before the token, ` +
        'which the next start clears away, or the token was removed.',
    );
  }
  return lines;
}

function describeStamped({ count, areChecked, firstMs, lastMs }: CheckedTimestamps): string {
  if (!areChecked && count > 0) {
    return `${count} timestamps are whole, but whose they are was NOT checked: name their authority with --tsa-ca.`;
  }
  if (firstMs === undefined || lastMs === undefined) return 'No timestamp was found.';
  const [first, last] = [firstMs, lastMs].map((atMs) => new Date(atMs).toISOString());
  return `${count} timestamps hold, from ${first} to ${last}.`;
}

export interface CheckedEvidence {
  readonly checked: number;
  readonly missing: number;
  readonly missingFiles: number;
}

export function describeEvidence({ checked, missing, missingFiles }: CheckedEvidence): string {
  const gone = missing === 0 ? 'none missing' : `of ${missing} more the ${missingFiles} evidence files are gone`;
  return `Sealed evidence of ${checked} exchanges is as it was recorded, ${gone}.`;
}

export function describeReceipt({ origin, index, size, entry, vouching }: CheckedReceipt): string {
  const holds = `The receipt holds: entry ${index} of ${origin}, under a signed checkpoint of ${size} entries.`;
  return [holds, ...describeVouching(vouching), entry].join('\n');
}

export function describeVouching({ cosigners, unchecked }: CheckedVouching): string[] {
  const lines = cosigners.map(({ name, seconds }) => `Cosigned by ${name} at ${timeOf(seconds)}.`);
  if (unchecked > 0) lines.push(`${unchecked} more signatures were NOT checked: name the witnesses with --witness.`);
  return lines;
}

/** A witness may write any number; what is beyond the calendar stays one. */
function timeOf(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? `second ${seconds}` : time.toISOString();
}
