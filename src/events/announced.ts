/** Reads what was announced out of the state database, opened, in the order of its numbers. */

import type { Announcement, OpenAnnouncement, Subscription } from '../exchange/events.ts';
import type { XRoadId } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import type { StateQueries } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';

export interface Numbered {
  readonly number: number;
  readonly announcement: Announcement;
}

export interface Read {
  readonly found: readonly Numbered[];
  /** Where to read on. */
  readonly next: number;
}

export interface Announced {
  /** Throws Problem: `events-expired` where what came next is forgotten, or no such number was given; `events-unavailable`. */
  events(subscriptions: readonly Subscription[], after: number | undefined, limit: number): Promise<Read>;
  /** What became of the sender's pushes. Throws the same. */
  finalStates(sender: XRoadId, after: number, limit: number): Promise<Read>;
}

interface Row {
  readonly last: number;
  readonly forgotten: number;
  /** Null where nothing was found, as all that follows. */
  readonly seq: number | null;
  readonly id: string;
  readonly time_ms: number;
  readonly exchange: string;
  readonly sender: string;
  readonly service: string;
  readonly version: string;
  readonly state: string;
  readonly event: string | null;
  readonly content: Buffer;
}

const folder = new URL('sql/', import.meta.url);
const ofEvents = readStatement(folder, 'of-events');
const ofSender = readStatement(folder, 'of-sender');
const retryAfterSeconds = 5;

export function createAnnounced(database: StateQueries, open: OpenAnnouncement): Announced {
  const query: StateQueries['query'] = (statement, values) =>
    database.query<never>(statement, values).catch((cause: unknown) => {
      throw unavailable(cause);
    });

  function readOf(rows: readonly Row[], after: number | undefined, limit: number): Read {
    const [head] = rows;
    if (head === undefined) throw unavailable(new Error('there are no numbers'));
    if (after !== undefined && after < head.forgotten) throw expired(head.forgotten);
    if (after !== undefined && after > head.last) throw notGiven(head);
    const found = rows.flatMap((row) => {
      if (row.seq === null) return [];
      const { id, exchange: exchangeId, time_ms: timeMs, sender, service, version, state } = row;
      const facts = { id, exchangeId, timeMs, sender, service, version, state, event: row.event ?? undefined };
      return [{ number: row.seq, announcement: open(facts, row.content) }];
    });
    const isFull = found.length >= limit;
    const next = isFull ? (found.at(-1)?.number ?? head.last) : head.last;
    return { found, next };
  }

  return {
    async events(subscriptions, after, limit) {
      const granted = subscriptions.map(({ service, event, fromMs: from_ms, untilMs: until_ms }) => {
        return { service, event, from_ms, until_ms };
      });
      const rows = await query<Row>(ofEvents, { granted: JSON.stringify(granted), after, limit });
      return readOf(rows, after, limit);
    },
    async finalStates(sender, after, limit) {
      return readOf(await query<Row>(ofSender, { sender, after, limit }), after, limit);
    },
  };
}

function unavailable(cause: unknown): Problem {
  return new Problem('events-unavailable', 'Events cannot be read now.', { cause, retryAfterSeconds });
}

/** After the state database was put back, what comes next would have numbers up to the cursor, and be passed by. */
function notGiven({ last, forgotten }: Pick<Row, 'last' | 'forgotten'>): Problem {
  const detail = `No such cursor was given: the newest is ${last}. The gateway's state may be that of an earlier time.`;
  return new Problem('events-expired', detail, { oldestCursor: String(forgotten) });
}

function expired(forgotten: number): Problem {
  const detail = `What follows that cursor is not kept any more; the oldest cursor is ${forgotten}.`;
  return new Problem('events-expired', detail, { oldestCursor: String(forgotten) });
}
