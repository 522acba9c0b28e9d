/** Erases the key behind which the evidence about a person lies; that it was done, and by whom, is recorded before it takes effect. */

import type { Problem } from '../problems.ts';
import type { AdminEntry, EraseReason, LogPosition, LookRole } from './entries.ts';
import type { SubjectKeys } from './log-ports.ts';
import type { Clock, ExchangeLog, Pseudonyms } from './ports.ts';
import { record } from './steps/record.ts';

export interface ErasureRequest {
  /** UUIDv7 of the request. */
  readonly id: string;
  /** Personal number. */
  readonly person: string;
  readonly reason: EraseReason;
  /** Whom the operator's token was issued for; goes into the entry as a pseudonym. */
  readonly by: string;
}

export interface RefusedErasure extends Pick<ErasureRequest, 'id' | 'by'> {
  readonly role: LookRole;
  readonly problem: Problem;
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
  /** Records that somebody was refused; nothing is known of whom it would have been about. Throws Problem('log-unavailable'). */
  refuse(request: RefusedErasure): Promise<LogPosition>;
}

export function createErasure({ clock, log, pseudonyms, subjectKeys, makeId }: ErasureDependencies): Erasure {
  const write = record({ log });
  /** In the order of the names, so that printing it gives canonical JSON. */
  const entryOf = (
    said: Pick<AdminEntry, 'id' | 'reason' | 'role' | 'subject'>,
    by: string,
    refusal: Problem | undefined,
  ): AdminEntry => ({
    action: 'erase-subject-key',
    durationMs: 0,
    id: said.id,
    issue: undefined,
    kind: 'admin',
    official: pseudonyms.official(by),
    problem: refusal?.code,
    reason: said.reason,
    role: said.role,
    status: refusal?.kind.status ?? 200,
    subject: said.subject,
    subjectNumber: undefined,
    time: new Date(clock.nowMs()).toISOString(),
  });
  return {
    async erase({ id, person, reason, by }) {
      const subjects = pseudonyms.personEver(person);
      // One entry for each name: a key file that is restored from a backup is brought up to date by them.
      const written = subjects.map((subject, nth) =>
        write(entryOf({ id: nth === 0 ? id : makeId(), reason, role: undefined, subject }, by, undefined)),
      );
      const [position] = await Promise.all(written);
      await subjectKeys.erase(subjects);
      return position as LogPosition;
    },
    refuse: ({ id, by, role, problem }) =>
      write(entryOf({ id, reason: undefined, role, subject: undefined }, by, problem)),
  };
}
