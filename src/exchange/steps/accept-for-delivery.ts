/** The step that takes a push over: durable before it is recorded, and recorded before its sender is told. */

import { Problem } from '../../problems.ts';
import { type EntryDependencies, entryOf } from '../entry.ts';
import { awaitedState, type Deliveries, type Waits } from '../ports.ts';
import type { PushService } from '../services.ts';
import type { Acceptance, Answer, Grant, Incoming, Message, Trail } from '../types.ts';

export interface AcceptForDeliveryDependencies extends EntryDependencies {
  readonly deliveries: Deliveries;
  readonly waits: Waits;
}

export const acceptForDelivery =
  (deps: AcceptForDeliveryDependencies) =>
  async (
    grant: Grant,
    service: PushService,
    message: Message,
    request: { readonly incoming: Incoming; readonly trail: Trail },
  ): Promise<Answer> => {
    const { incoming, trail } = request;
    const first = answerOf({ exchangeId: incoming.id, repeats: undefined });
    const entry = entryOf(deps, incoming, trail, { answer: first });
    const end = deps.waits.begin(grant.consumer, awaitedState);
    if (end === undefined) throw tooMany();
    const accepting = deps.deliveries.accept({
      service,
      message,
      sender: grant.consumer,
      acceptedAtMs: incoming.receivedAtMs,
      messageName: incoming.messageName,
      official: incoming.official,
      issue: incoming.issue,
      corrects: incoming.corrects,
      content: incoming.content,
      entry,
    });
    return answerOf(await accepting.finally(end));
  };

function tooMany(): Problem {
  const detail = 'As many pushes wait for the state database as may.';
  return new Problem('delivery-unavailable', detail, { retryAfterSeconds: 1 });
}

/** The same for every repetition: its sender cannot tell, and need not care, which of them arrived. */
function answerOf(accepted: Acceptance): Answer {
  const status = `/v1/exchanges/${accepted.exchangeId}`;
  const body = { exchangeId: accepted.exchangeId, state: 'accepted', status, receipt: `${status}/receipt` };
  return {
    content: JSON.stringify(body),
    contentType: 'application/json; charset=utf-8',
    source: 'gateway',
    ageSeconds: 0,
    ttlSeconds: undefined,
    fields: [],
    registryMs: 0,
    accepted,
  };
}
