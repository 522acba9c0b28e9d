/** Brings a key file that came from a backup up to date: what the log says was erased since then is erased again. */

import { existsSync } from 'node:fs';
import type { LogEntry } from '../../exchange/entries.ts';
import { openSubjectKeyStore } from './subject-key-store.ts';

const adminMark = '"kind":"admin"';
const batchMax = 1000;

/**
 * Takes the lines of an exported log. Keys made after an erasure stay. Gives the number of erasures; no gateway may
 * use the file meanwhile. Throws where there is none.
 */
export async function reapplyErasures(file: string, lines: AsyncIterable<string>): Promise<number> {
  if (!existsSync(file)) throw new Error(`${file} is not there: put the backup in its place first`);
  const store = openSubjectKeyStore(file);
  try {
    let done = 0;
    let batch: Parameters<typeof store.run>[0][number][] = [];
    const flush = () => {
      if (batch.length > 0) store.run(batch);
      done += batch.length;
      batch = [];
    };
    for await (const line of lines) {
      const entry = line.includes(adminMark) ? (JSON.parse(line) as { entry: LogEntry }).entry : undefined;
      if (entry?.kind !== 'admin' || entry.action !== 'erase-subject-key' || entry.subject === undefined) continue;
      batch.push({ kind: 'erase', subjects: [entry.subject], madeBeforeMs: Date.parse(entry.time) });
      if (batch.length === batchMax) flush();
    }
    flush();
    return done;
  } finally {
    store.close();
  }
}
