/** Tells subscribers of events, page by page, by agreement; whoever asks early may wait. */

import type {
  Announcement,
  EventFeed,
  EventPage,
  EventQuestion,
  Subscription,
  Subscriptions,
  ToldEvent,
} from '../exchange/events.ts';
import { Problem } from '../problems.ts';
import type { Allowance } from './allowance.ts';
import type { Announced, Numbered, Read } from './announced.ts';
import type { Disclosing, RecordDisclosures } from './disclosure.ts';
import type { EventSettings } from './settings.ts';
import type { Tail } from './tail.ts';

export interface FeedSetup {
  readonly announced: Announced;
  readonly subscriptions: Subscriptions;
  readonly record: RecordDisclosures;
  readonly tail: Pick<Tail, 'after'>;
  readonly nowMs: () => number;
  readonly allowance: Allowance;
  readonly settings: Pick<EventSettings, 'waitingMax' | 'waitingPerConsumerMax'>;
  readonly observer: FeedObserver;
}

export interface FeedObserver {
  eventsTold(event: string, way: 'pull' | 'webhook', count: number): void;
  /** Requests that wait for an event now. */
  eventsAwaited(waiting: number): void;
}

export interface Feed extends EventFeed {
  /** What one reading holds for the consumer; nothing is recorded, so that nothing may be told yet. */
  read(question: EventQuestion): Promise<FeedRead>;
}

export interface FeedRead {
  readonly disclosing: readonly Numberable[];
  readonly next: number;
  /** Whose events the consumer is told of. */
  readonly services: readonly string[];
}

interface Numberable extends Disclosing {
  readonly number: number;
}

const retryAfterSeconds = 5;

export function createFeed(setup: FeedSetup): Feed {
  const { announced, subscriptions, tail, nowMs, allowance, settings, observer } = setup;
  const ending = new AbortController();
  const waiting = new Map<string, number>();
  let waitingInAll = 0;

  async function read({ consumer, after, limit, event }: EventQuestion): Promise<FeedRead> {
    // Asked anew each time: an agreement may end while somebody waits.
    const all = subscriptions.of(consumer, nowMs());
    const granted = all.filter((one) => event === undefined || one.event === event);
    if (granted.length === 0) {
      const names = [...new Set(all.map((one) => one.event))].sort().join(', ');
      throw new Problem('agreement-missing', `${consumer} is not told of ${event}, but of ${names}.`);
    }
    const { found, next }: Read = await announced.events(granted, after, limit);
    const services = granted.map(({ service }) => service);
    return { disclosing: found.flatMap((one) => disclosingOf(one, granted)), next, services };
  }

  /** Throws Problem where too many wait. */
  function enter(consumer: string): () => void {
    const own = waiting.get(consumer) ?? 0;
    if (waitingInAll >= settings.waitingMax || own >= settings.waitingPerConsumerMax) {
      throw new Problem('events-busy', 'Too many requests wait for events already.', { retryAfterSeconds });
    }
    count(consumer, 1);
    return () => count(consumer, -1);
  }

  function count(consumer: string, more: 1 | -1): void {
    const own = (waiting.get(consumer) ?? 0) + more;
    if (own === 0) waiting.delete(consumer);
    else waiting.set(consumer, own);
    waitingInAll += more;
    observer.eventsAwaited(waitingInAll);
  }

  async function readOrWait(question: EventQuestion, waitMs: number, gone: AbortSignal) {
    const first = await read(question);
    if (first.disclosing.length > 0 || waitMs === 0 || ending.signal.aborted) return first;
    const leave = enter(question.consumer);
    const time = AbortSignal.timeout(waitMs);
    const until = AbortSignal.any([gone, time, ending.signal]);
    try {
      let { next } = first;
      for (;;) {
        const isNews = await tail.after(next, until, first.services).then(
          () => true,
          () => false,
        );
        gone.throwIfAborted();
        if (!isNews) return { ...first, next };
        const again = await read({ ...question, after: next });
        if (again.disclosing.length > 0) return again;
        next = again.next;
      }
    } finally {
      leave();
    }
  }

  /** What is beyond it is read with the next page. */
  async function withinAllowance(consumer: string, { disclosing, next }: FeedRead) {
    const told = disclosing.slice(0, 1 + (await allowance.takeMore(consumer, disclosing.length - 1)));
    return { told, next: told.length === disclosing.length ? next : (told.at(-1)?.number ?? next) };
  }

  return {
    read,
    async page(question, waitMs, signal): Promise<EventPage> {
      await allowance.demandOne(question.consumer);
      const found = await readOrWait(question, waitMs, signal);
      const { told, next } = await withinAllowance(question.consumer, found);
      // Nobody is there to be told.
      signal.throwIfAborted();
      await setup.record(told);
      for (const { subscription } of told) observer.eventsTold(subscription.event, 'pull', 1);
      return { events: told.map((one) => toldEvent(one, one.number)), next: String(next) };
    },
    endWaiting: () => ending.abort(),
  };
}

function disclosingOf({ number, announcement }: Numbered, granted: readonly Subscription[]): Numberable[] {
  const subscription = granted.find((one) => covers(one, announcement));
  const disclosed = subscription?.disclose(announcement.version, announcement.data);
  return subscription === undefined || disclosed === undefined
    ? []
    : [{ number, subscription, announcement, disclosed }];
}

function covers({ service, event, fromMs, untilMs }: Subscription, announcement: Announcement): boolean {
  const { timeMs } = announcement;
  return service === announcement.service && event === announcement.event && fromMs <= timeMs && timeMs < untilMs;
}

export function toldEvent({ subscription, announcement, disclosed }: Disclosing, number: number): ToldEvent {
  const { id, exchangeId, service, version, timeMs } = announcement;
  return {
    cursor: String(number),
    id,
    event: subscription.event,
    exchangeId,
    service,
    version,
    time: new Date(timeMs).toISOString(),
    agreement: subscription.agreementId,
    data: disclosed.data,
  };
}
