/** Puts aside what subscribers and senders are told when a push comes to its end, in the transaction that shows the end. */

import type { DeliveryEntry } from '../exchange/entries.ts';
import type { Announcement, EventData, OpenAnnouncement } from '../exchange/events.ts';
import type { PushService } from '../exchange/services.ts';
import type { StateQueries } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';
import { legsStanding } from './legs-standing.ts';
import type { DeliverySecrets } from './secrets.ts';
import { mergedResult, type SealedMessage, type SealedResults } from './stored.ts';
import type { NextState } from './transitions.ts';

/** Who is told of what; anything else is not kept. */
export interface Audience {
  /** Services whose event some agreement is about. */
  readonly events: ReadonlySet<string>;
  /** Senders that are told what became of their pushes. */
  readonly senders: ReadonlySet<string>;
}

/** As `announce.sql` reads it. */
export interface AnnouncementRow {
  readonly id: string;
  readonly time_ms: number;
  readonly exchange: string;
  readonly sender: string;
  readonly service: string;
  readonly version: string;
  readonly state: string;
  readonly event: string | null;
  readonly content: string;
}

export interface Ended {
  /** Of the transition, as it is in the log. */
  readonly entry: DeliveryEntry;
  readonly next: NextState;
  /** A registry may have the leg that is next. */
  readonly inDoubt: boolean;
  /** Undefined where it cannot be read any more. */
  readonly message: (SealedMessage & { readonly push: PushService | undefined }) | undefined;
  readonly results: SealedResults;
}

export interface Announcing {
  /** Undefined where nobody is told. */
  rowOf(ended: Ended): AnnouncementRow | undefined;
  /** Within the transaction that shows the states. */
  keep(transaction: StateQueries, rows: readonly AnnouncementRow[]): Promise<void>;
}

type Told = 'isFinal' | 'problem' | 'reason' | 'legsDone' | 'legInDoubt' | 'issue' | 'persons' | 'data';
type Sealed = Pick<Announcement, Told>;

const announce = readStatement(new URL('sql/', import.meta.url), 'announce');

export function createAnnouncing(secrets: DeliverySecrets, audience: Audience): Announcing {
  return {
    rowOf({ entry, next, inDoubt, message, results }) {
      const { id, exchange, consumer: sender, service, version, state } = entry;
      const push = message?.push;
      const isEvent = state === 'delivered' && push !== undefined && audience.events.has(service);
      const isEnd = next.isFinal || state === 'dead';
      if (!isEvent && !(isEnd && audience.senders.has(sender))) return undefined;
      const { problem, reason } = next;
      const told = isEvent && message !== undefined ? eventOf(push, message, results) : { persons: [], data: {} };
      const legs = legsStanding(push, next.leg, inDoubt);
      const became = { isFinal: next.isFinal === true, problem, reason, legsDone: legs.done, legInDoubt: legs.inDoubt };
      const sealed: Sealed = { ...became, issue: message?.issue, ...told };
      const content = secrets.seal(exchange, 'announcement', JSON.stringify(sealed)).toString('base64');
      const event = isEvent ? push.event : null;
      return { id, time_ms: Date.parse(entry.time), exchange, sender, service, version, state, event, content };
    },
    async keep(transaction, rows) {
      if (rows.length > 0) await transaction.query(announce, { rows: JSON.stringify(rows) });
    },
  };
}

/** What `Announcing.keep` has kept. */
export function createOpenAnnouncement(secrets: DeliverySecrets): OpenAnnouncement {
  return (row, content) => {
    const sealed = JSON.parse(secrets.open(row.exchangeId, 'announcement', content)) as Partial<Sealed>;
    const { isFinal = false, problem, reason, legsDone, legInDoubt, issue, persons = [], data = {} } = sealed;
    return { ...row, isFinal, problem, reason, legsDone, legInDoubt, issue, persons, data };
  };
}

/** What no agreement can grant is left out: it would be kept for nobody. */
function eventOf(
  push: PushService,
  { value }: SealedMessage,
  results: SealedResults,
): Pick<Sealed, 'persons' | 'data'> {
  const result = mergedResult(push, results);
  const all: EventData = { message: value, result };
  const data: Record<string, unknown> = {};
  for (const path of push.announced.keys()) copy(all, data, path.split('.'));
  return { persons: push.personsIn(value, result), data };
}

function copy(from: unknown, to: Record<string, unknown>, [name, ...rest]: readonly string[]): void {
  if (name === undefined || typeof from !== 'object' || from === null || !Object.hasOwn(from, name)) return;
  const value = (from as Record<string, unknown>)[name];
  if (rest.length === 0) to[name] = value;
  else {
    to[name] ??= {};
    copy(value, to[name] as Record<string, unknown>, rest);
  }
}
