/** The tour's subscriber: it asks who was born since its cursor, and is told what its agreement grants. */

import { call, type PushStep, type PushTour } from './push-steps.ts';

interface EventPage {
  readonly events: readonly EventShown[];
  readonly next: string;
}

interface EventShown {
  readonly event: string;
  readonly data: object;
}

const subscriber = 'VN/GOV/G07/social-protection';
/** As its agreement grants them. */
const granted = ['message.child.dateOfBirth', 'message.child.fullName', 'message.mother', 'result.pin'];
/** Where a field's own members begin. */
const wholes = new Set(['message.mother', 'message.child.dateOfBirth']);
const waitSeconds = 5;

export const eventSteps: readonly PushStep[] = [
  {
    title: 'event: told of the birth',
    take: async (tour) => {
      const { event, next } = await newestBirth(tour);
      const told = pathsOf(event.data).sort();
      if (told.join() !== granted.join()) throw new Error(`${told} is told, ${granted} is granted`);
      const line = `${subscriber} pulls ${event.event} up to cursor ${next}: ${told.join(', ')}, and nothing else`;
      return { line, index: null };
    },
  },
];

/** Page after page, as a subscriber keeps up that has not asked for a while. */
async function newestBirth(tour: PushTour): Promise<{ event: EventShown; next: string }> {
  let event: EventShown | undefined;
  for (let after: string | undefined; ; ) {
    // Once something was found, whatever else there is is there already.
    const wait = event === undefined ? waitSeconds : 0;
    const from = after === undefined ? '' : `&after=${after}`;
    const path = `/v1/events?event=birth-registered&wait=${wait}${from}`;
    const { status, answer } = await call<EventPage>(tour, subscriber, path);
    const { events, next } = answer;
    if (events === undefined || next === undefined) throw new Error(`${status}: ${answer.detail}`);
    event = events.at(-1) ?? event;
    if (events.length === 0 && event !== undefined) return { event, next };
    if (events.length === 0) throw new Error('no birth is told of');
    after = next;
  }
}

/** Names of fields, as agreements have them. */
function pathsOf(data: object, above = ''): string[] {
  return Object.entries(data).flatMap(([name, value]) => {
    const path = above === '' ? name : `${above}.${name}`;
    return typeof value === 'object' && value !== null && !wholes.has(path) ? pathsOf(value, path) : [path];
  });
}
