/** What webhooks send, one after the other: events by agreement, and to senders what became of their pushes. */

import type { Announcement, NoticeSource } from '../exchange/events.ts';
import { Problem } from '../problems.ts';
import type { Announced } from './announced.ts';
import type { RecordDisclosures } from './disclosure.ts';
import { type Feed, type FeedObserver, toldEvent } from './feed.ts';

/** The agreement is asked, and the disclosure recorded, before each event leaves for the first time. */
export function createEventNotices(
  feed: Pick<Feed, 'read'>,
  record: RecordDisclosures,
  observer: Pick<FeedObserver, 'eventsTold'>,
): NoticeSource {
  return {
    async next(receiver, after, told) {
      const question = { consumer: receiver, after, limit: 1, event: undefined };
      const read = await feed.read(question).catch((error: unknown) => {
        // No receiver's fault: it is sent nothing for as long as no agreement is in force.
        if (isRefusal(error)) return { disclosing: [], next: after, services: [] };
        throw error;
      });
      const { disclosing, next } = read;
      const [one] = disclosing;
      if (one === undefined) return { notice: undefined, next };
      if (one.announcement.id !== told) {
        await record([one]);
        observer.eventsTold(one.subscription.event, 'webhook', 1);
      }
      return { notice: { id: one.announcement.id, content: JSON.stringify(toldEvent(one, one.number)) }, next };
    },
  };
}

/** Nothing that the sender did not send itself, but what became of it. */
export function createFinalStateNotices(announced: Pick<Announced, 'finalStates'>): NoticeSource {
  return {
    async next(receiver, after) {
      const { found, next } = await announced.finalStates(receiver, after, 1);
      const [one] = found;
      if (one === undefined) return { notice: undefined, next };
      return { notice: { id: one.announcement.id, content: JSON.stringify(finalState(one.announcement)) }, next };
    },
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof Problem && error.kind.status === 403;
}

function finalState({ id, exchangeId, timeMs, service, version, state, isFinal, ...others }: Announcement): object {
  const { problem, reason, legsDone, legInDoubt, issue } = others;
  const became = { final: isFinal, problem, reason, legsDone, legInDoubt };
  return { id, exchangeId, service, version, state, ...became, time: new Date(timeMs).toISOString(), issue };
}
