/** Writes down who is told of an event about whom, before anybody is told. */

import type { EventEntry } from '../exchange/entries.ts';
import type { Announcement, DisclosedEvent, Subscription } from '../exchange/events.ts';
import type { ExchangeLog, Pseudonyms } from '../exchange/ports.ts';
import { Problem } from '../problems.ts';

export interface DisclosureSetup {
  readonly log: Pick<ExchangeLog, 'record'>;
  readonly pseudonyms: Pseudonyms;
  readonly makeId: () => string;
  readonly nowMs: () => number;
}

export interface Disclosing {
  readonly subscription: Subscription;
  readonly announcement: Announcement;
  readonly disclosed: DisclosedEvent;
}

/** Resolves when all are durable: in one commit of the log, where they fit. Throws Problem: then nothing may be told. */
export function createRecordDisclosures({ log, pseudonyms, makeId, nowMs }: DisclosureSetup) {
  function entriesOf({ subscription, announcement, disclosed }: Disclosing, time: string): EventEntry[] {
    const { agreementId, consumer, event, legalBasis, purpose, service } = subscription;
    // An event that names nobody is told all the same.
    const subjects = announcement.persons.length === 0 ? [undefined] : announcement.persons;
    // In the order of the names, so that printing it gives canonical JSON.
    return subjects.map((person) => ({
      action: event,
      agreement: agreementId,
      consumer,
      durationMs: 0,
      exchange: announcement.exchangeId,
      fields: disclosed.fields,
      id: makeId(),
      issue: undefined,
      kind: 'event',
      legalBasis,
      official: undefined,
      problem: undefined,
      purpose,
      service,
      status: 200,
      subject: person === undefined ? undefined : pseudonyms.person(person),
      subjectNumber: undefined,
      time,
      version: announcement.version,
    }));
  }

  return async (disclosures: readonly Disclosing[]): Promise<void> => {
    const time = new Date(nowMs()).toISOString();
    const entries = disclosures.flatMap((one) => entriesOf(one, time));
    try {
      await Promise.all(entries.map((entry) => log.record(entry)));
    } catch (cause) {
      if (cause instanceof Problem) throw cause;
      throw new Problem('log-unavailable', 'The disclosure could not be recorded; nothing is told.', { cause });
    }
  };
}

export type RecordDisclosures = ReturnType<typeof createRecordDisclosures>;
