/** Records who read what the log holds: the record is durable before anything is read, let alone told. */

import type { Problem } from '../problems.ts';
import type { LogPosition, Look, LookEntry, LookRole } from './entries.ts';
import type { Clock, ExchangeLog, Pseudonyms } from './ports.ts';
import { record } from './steps/record.ts';

export interface LookRequest {
  /** UUIDv7 of the request. */
  readonly id: string;
  readonly look: Look;
  readonly role: LookRole;
  /** Whom the token was issued for; goes into the entry as a pseudonym. */
  readonly by: string;
  /** The case that the look belongs to, where the caller names one; kept as a pseudonym. */
  readonly issue: string | undefined;
  /** Pseudonym of the one person whom the look is about. */
  readonly subject: string | undefined;
  /** What is searched for; the caller of this function sees to it that people are pseudonyms in it. */
  readonly filters: Readonly<Record<string, string>> | undefined;
  /** Why nothing is read: a look that was refused is recorded all the same. */
  readonly refusal?: Problem | undefined;
}

export interface LookDependencies {
  readonly clock: Clock;
  readonly log: Pick<ExchangeLog, 'record'>;
  readonly pseudonyms: Pseudonyms;
}

export interface Looks {
  /** Throws Problem('log-unavailable'): then nothing may be read. */
  record(request: LookRequest): Promise<LogPosition>;
}

export function createLooks({ clock, log, pseudonyms }: LookDependencies): Looks {
  const write = record({ log });
  return {
    record: ({ id, look, role, by, issue, subject, filters, refusal }) => {
      // In the order of the names, so that printing it gives canonical JSON.
      const entry: LookEntry = {
        durationMs: 0,
        filters,
        id,
        issue: issue === undefined ? undefined : pseudonyms.text(issue),
        kind: 'audit',
        look,
        official: pseudonyms.official(by),
        problem: refusal?.code,
        role,
        status: refusal?.kind.status ?? 200,
        subject,
        subjectNumber: undefined,
        time: new Date(clock.nowMs()).toISOString(),
      };
      return write(entry);
    },
  };
}
