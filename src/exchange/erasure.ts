/** Erases the key behind which the evidence about a person lies; that it was done, and by whom, is recorded before it takes effect. */

import type { Clock, ExchangeLog, Pseudonyms, SubjectKeys } from './ports.ts';
import { record } from './steps/record.ts';
import type { AdminEntry, EraseReason, LogPosition } from './types.ts';

export interface ErasureRequest {
  /** UUIDv7 of the request. */
  readonly id: string;
  /** Personal number. */
  readonly person: string;
  readonly reason: EraseReason;
  /** Whom the operator's token was issued for; goes into the entry as a pseudonym. */
  readonly by: string;
}

export interface ErasureDependencies {
  readonly clock: Clock;
  readonly log: Pick<ExchangeLog, 'record'>;
  readonly pseudonyms: Pseudonyms;
  readonly subjectKeys: SubjectKeys;
  /** UUIDv7. */
  readonly makeId: () => string;
}

export interface Erasure {
  /**
   * Gives the place of the entry, as often as it is asked for. Throws Problem('log-unavailable'): then nothing is erased.
   * Rejects where the key could not be erased: then it must be asked for again.
   */
  erase(request: ErasureRequest): Promise<LogPosition>;
}

export function createErasure({ clock, log, pseudonyms, subjectKeys, makeId }: ErasureDependencies): Erasure {
  const write = record({ log });
  return {
    async erase({ id, person, reason, by }) {
      const subjects = pseudonyms.personEver(person);
      // One entry for each name: a key file that is restored from a backup is brought up to date by them.
      const written = subjects.map((subject, nth) => {
        // In the order of the names, so that printing it gives canonical JSON.
        const entry: AdminEntry = {
          action: 'erase-subject-key',
          durationMs: 0,
          id: nth === 0 ? id : makeId(),
          issue: undefined,
          kind: 'admin',
          official: pseudonyms.official(by),
          problem: undefined,
          reason,
          status: 200,
          subject,
          subjectNumber: undefined,
          time: new Date(clock.nowMs()).toISOString(),
        };
        return write(entry);
      });
      const [position] = await Promise.all(written);
      await subjectKeys.erase(subjects);
      return position as LogPosition;
    },
  };
}
