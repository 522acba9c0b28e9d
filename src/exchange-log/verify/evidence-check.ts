/** Holds the sealed evidence that entries refer to against their digests; needs no key. */

import { onDisk } from '../evidence/file-name.ts';
import { EvidenceDamage, readSealedRecord, type SealedParts, sealedEntryOf } from '../evidence/read-record.ts';
import { LogFault } from './log-fault.ts';

export interface EvidenceCheck {
  /** Throws LogFault where the evidence of the entry is not what was recorded, or is missing and must not be. */
  entry(entry: Buffer): Promise<void>;
  readonly census: EvidenceCensus;
}

export interface EvidenceCensus {
  /** Exchanges whose sealed bodies are there, as recorded. */
  readonly checked: number;
  /** Exchanges whose evidence file is not there. */
  readonly missing: number;
  readonly missingFiles: number;
}

/** @param wanted `all`: a missing file is a fault; `present`: whole files may have been given up. */
export function createEvidenceCheck(folder: string, wanted: 'all' | 'present'): EvidenceCheck {
  const missingFiles = new Set<string>();
  let checked = 0;
  let missing = 0;

  async function isThere(parts: SealedParts): Promise<boolean> {
    try {
      return (await readSealedRecord(folder, parts)) !== undefined;
    } catch (error) {
      if (error instanceof EvidenceDamage) throw new LogFault(error.file, error.message, error);
      throw error;
    }
  }

  return {
    async entry(entry) {
      const parts = sealedEntryOf(entry)?.parts;
      if (parts === undefined) return;
      if (await isThere(parts)) {
        checked += 1;
        return;
      }
      if (wanted === 'all') throw new LogFault(`evidence/${onDisk(parts.place.file)}`, 'the file is missing');
      missing += 1;
      missingFiles.add(parts.place.file);
    },
    get census() {
      return { checked, missing, missingFiles: missingFiles.size };
    },
  };
}
