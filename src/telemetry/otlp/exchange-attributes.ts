/** What a span says of an exchange, by OpenTelemetry's semantic conventions for HTTP servers: nothing that a caller could put a person into. */

import { type Attributes, type Span, SpanStatusCode } from '@opentelemetry/api';
import type { Incoming, Settled } from '../../exchange/types.ts';

/** A route that no service has may be anything that a caller wrote: it is not told. */
function routeOf({ trail }: Settled): string {
  const { service } = trail;
  if (service === undefined) return '/r1/*';
  return service.kind === 'meta' ? `/r1/${service.id}` : `/r1/${service.key}`;
}

/** `POST /r1/VN/GOV/…/v1`. */
export function nameOf({ verb }: Incoming, settled: Settled): string {
  return `${verb} ${routeOf(settled)}`;
}

/** No path, query, body or header of the request: there a person might be named. */
export function attributesOf(incoming: Incoming, settled: Settled): Attributes {
  const { outcome, position, trail } = settled;
  const answer = 'answer' in outcome ? outcome.answer : undefined;
  return {
    'http.request.method': incoming.verb,
    'http.route': routeOf(settled),
    'http.response.status_code': statusOf(settled),
    'lienthong.exchange.id': incoming.id,
    'lienthong.log.index': position.index,
    ...(trail.client === undefined ? {} : { 'lienthong.consumer': trail.client.id }),
    ...(answer === undefined ? {} : { 'lienthong.source': answer.source }),
    ...(answer?.level === undefined ? {} : { 'lienthong.cache.level': answer.level }),
  };
}

export function setFailure(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function statusOf({ outcome }: Settled): number {
  if ('problem' in outcome) return outcome.problem.kind.status;
  return outcome.answer.accepted === undefined ? 200 : 202;
}
