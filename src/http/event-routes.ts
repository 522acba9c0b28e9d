/** Tells subscribers what became of people's records, as their agreements grant it; whoever is early may wait for it. */

import type { FastifyInstance, FastifyReply } from 'fastify';
import type { EventFeed } from '../exchange/events.ts';
import type { XRoadId } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import { forbidStoring, parametersOf, routeOptions } from './audit/audit-request.ts';
import { wholeNumber, word } from './audit/forms.ts';
import { callingSubsystem } from './calling-subsystem.ts';
import type { Looking } from './looking.ts';

export interface EventRouteDependencies {
  readonly feed: EventFeed;
  readonly looking: Pick<Looking, 'identify'>;
  /** The identifier with its member's present code. */
  readonly canonical: (id: XRoadId) => XRoadId;
  readonly limits: EventLimits;
}

export interface EventLimits {
  readonly pageEvents: number;
  readonly pageEventsMax: number;
  readonly waitSecondsMax: number;
}

const eventForm = /^[a-z]+(-[a-z]+){0,9}$/;

const refusal = 'Events are told to subsystems: name yours in X-Road-Client.';

/** Described in `openapi/event-paths.ts`. */
export function registerEventRoutes(app: FastifyInstance, deps: EventRouteDependencies): void {
  const { feed, limits } = deps;
  app.get('/v1/events', routeOptions, async (request, reply) => {
    forbidStoring(reply);
    const caller = await deps.looking.identify(request);
    const consumer = callingSubsystem(request, caller, deps.canonical, refusal);
    const parameters = parametersOf(request);
    const after = parameters.read('after', wholeNumber(Number.MAX_SAFE_INTEGER, 0));
    const limit = parameters.read('limit', wholeNumber(limits.pageEventsMax)) ?? limits.pageEvents;
    const waitSeconds = parameters.read('wait', wholeNumber(limits.waitSecondsMax, 0)) ?? 0;
    const event = parameters.read('event', word(eventForm));
    parameters.demandAll();
    const page = await feed.page({ consumer, after, limit, event }, waitSeconds * 1000, goneSignal(reply));
    return reply.send(page);
  });
}

function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Problem('client-disconnected', 'Nobody waits for it any more.'));
  });
  return gone.signal;
}
